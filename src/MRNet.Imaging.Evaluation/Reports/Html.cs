using System.Net;

namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>The few pieces of HTML that reports are made of.</summary>
internal static class Html
{
    /// <summary>Text that means itself, whatever stands in it.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    public static string Join(IEnumerable<string> parts) => string.Concat(parts);

    /// <param name="rows">Cells that are HTML already; the first of a row is its head.</param>
    public static string Table(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows, string kind = "") => $"""
        <table{(kind.Length == 0 ? "" : $" class=\"{kind}\"")}><thead><tr>{Join(heads.Select(head => $"<th>{Text(head)}</th>"))}</tr></thead>
        <tbody>{Join(rows.Select(Row))}</tbody></table>
        """;

    public static string Card(string title, string content, string kind = "") =>
        $"<section class=\"card{(kind.Length == 0 ? "" : " " + kind)}\"><h3>{Text(title)}</h3>{content}</section>\n";

    /// <summary>A mean with its interval under it.</summary>
    public static string Interval(Interval? interval) => interval is null
        ? "–"
        : $"{Numbers.Short(interval.Mean)}</td><td>{Numbers.Short(interval.Low)} – {Numbers.Short(interval.High)}";

    private static string Row(IReadOnlyList<string> cells) =>
        $"<tr><th>{cells[0]}</th>{Join(cells.Skip(1).Select(cell => cell.StartsWith("<td", StringComparison.Ordinal) ? cell : $"<td>{cell}</td>"))}</tr>\n";
}
