using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Training.Experiments;

namespace MRNet.Imaging.Torch.Tests.Training.Experiments;

public class QuestionTests
{
    private static readonly byte[]?[] Masks = [[1, 1, 0, 0], null, [0, 1, 1, 0]];
    private static readonly bool[] Graded = [true, false, true];

    [Fact]
    public void A_rater_is_asked_for_alone_and_held_against_his_own_mask()
    {
        var question = new Question(Asked.Rater, 2);

        var weights = question.Weights(Graded, [], new Random(1))!;

        Assert.Equal([0, 0, 1], weights);
        Assert.Equal([0, 1, 1, 0], question.Target(Masks, weights)!);
    }

    [Fact]
    public void A_rater_who_did_not_grade_is_not_asked_for() =>
        Assert.Null(new Question(Asked.Rater, 1).Weights(Graded, [], new Random(1)));

    [Fact]
    public void A_rater_who_left_out_one_structure_has_no_target_there() =>
        Assert.Null(new Question(Asked.Rater, 1).Target(Masks, [0, 1, 0]));

    [Fact]
    public void On_average_all_who_graded_count_the_same()
    {
        var weights = Question.Average.Weights(Graded, [], new Random(1))!;

        Assert.Equal([0.5f, 0, 0.5f], weights);
        Assert.Equal([0.5f, 1, 0.5f, 0], Question.Average.Target(Masks, weights)!);
    }

    [Fact]
    public void At_random_the_target_is_the_share_with_the_weights_that_are_asked_with()
    {
        var question = new Question(Asked.Random);

        var weights = question.Weights(Graded, [], new Random(1))!;

        Assert.Equal(0, weights[1]);
        Assert.NotEqual(weights[0], weights[2]);
        Assert.Equal([MathF.Round(weights[0], 5), 1, MathF.Round(weights[2], 5), 0], question.Target(Masks, weights)!.Select(value => MathF.Round(value, 5)));
    }

    [Fact]
    public void Staple_leaves_the_weight_of_who_is_missing_to_the_others()
    {
        var question = new Question(Asked.Staple);

        var weights = question.Weights(Graded, [0.2f, 0.5f, 0.3f], new Random(1))!;

        Assert.Equal([0.4f, 0, 0.6f], weights.Select(value => MathF.Round(value, 5)));
        Assert.Equal(Staple.Estimate(RaterVotes.Of(Masks)).Probability(), question.Target(Masks, weights)!);
    }
}
