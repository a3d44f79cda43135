namespace MRNet.Imaging.Evaluation;

/// <summary>Pairs rows with columns, each at most once, for the largest sum (Hungarian method: Kuhn 1955, with shortest augmenting paths).</summary>
internal static class Assignment
{
    /// <param name="gain">Any shape; as many pairs are made as the shorter side has.</param>
    public static double Best(double[,] gain) => gain.GetLength(0) <= gain.GetLength(1) ? OfRows(gain) : OfRows(Turned(gain));

    private static double OfRows(double[,] gain)
    {
        var (rows, columns) = (gain.GetLength(0), gain.GetLength(1));
        var prices = (Row: new double[rows + 1], Column: new double[columns + 1]);
        var rowOf = new int[columns + 1]; // 1-based; 0 is free
        for (var row = 1; row <= rows; row++)
            Augment(gain, row, rowOf, prices.Row, prices.Column);
        return Enumerable.Range(1, columns).Where(column => rowOf[column] > 0).Sum(column => gain[rowOf[column] - 1, column - 1]);
    }

    /// <summary>Gives one more row a column, moving others along the cheapest path.</summary>
    private static void Augment(double[,] gain, int row, int[] rowOf, double[] rowPrice, double[] columnPrice)
    {
        var columns = rowOf.Length - 1;
        var (least, came, used) = (new double[columns + 1], new int[columns + 1], new bool[columns + 1]);
        Array.Fill(least, double.PositiveInfinity);
        rowOf[0] = row;
        var at = 0;
        do
        {
            used[at] = true;
            var (from, next, step) = (rowOf[at], 0, double.PositiveInfinity);
            for (var column = 1; column <= columns; column++)
            {
                if (used[column])
                    continue;
                var cost = -gain[from - 1, column - 1] - rowPrice[from] - columnPrice[column];
                if (cost < least[column])
                    (least[column], came[column]) = (cost, at);
                if (least[column] < step)
                    (step, next) = (least[column], column);
            }

            for (var column = 0; column <= columns; column++)
                if (used[column])
                    (rowPrice[rowOf[column]], columnPrice[column]) = (rowPrice[rowOf[column]] + step, columnPrice[column] - step);
                else
                    least[column] -= step;
            at = next;
        }
        while (rowOf[at] != 0);

        for (; at != 0; at = came[at])
            rowOf[at] = rowOf[came[at]];
    }

    private static double[,] Turned(double[,] gain)
    {
        var turned = new double[gain.GetLength(1), gain.GetLength(0)];
        for (var i = 0; i < gain.GetLength(0); i++)
            for (var j = 0; j < gain.GetLength(1); j++)
                turned[j, i] = gain[i, j];
        return turned;
    }
}
