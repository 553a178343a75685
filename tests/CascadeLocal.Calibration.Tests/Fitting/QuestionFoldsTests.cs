using CascadeLocal.Calibration.Fitting;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Fitting;

public sealed class QuestionFoldsTests
{
    private static readonly Gen<QuestionTable> AnyTable = Gen.Int[0, 12].Array[1, 60].Select(prompts =>
        Tables.Of([.. prompts.Select((prompt, i) => Tables.Row($"q{i}", "A", 1, $"prompt {prompt}"))]));

    [Fact]
    public void Equal_prompts_are_never_on_both_sides() => Gen.Select(AnyTable, Gen.Int[1, 5], Gen.ULong).Sample((table, folds, seed) =>
    {
        IReadOnlyList<int> assigned = QuestionFolds.Assign(table, Math.Min(folds, table.Texts.Count), seed);
        Assert.All(
            table.Questions.Zip(assigned).GroupBy(pair => pair.First.Text),
            questions => Assert.Single(questions.Select(pair => pair.Second).Distinct()));
    });

    [Fact]
    public void Every_fold_has_as_many_texts_or_one_more() => Gen.Select(AnyTable, Gen.Int[1, 5], Gen.ULong).Sample((table, folds, seed) =>
    {
        folds = Math.Min(folds, table.Texts.Count);
        int[] sizes = [.. table.Questions.Zip(QuestionFolds.Assign(table, folds, seed))
            .GroupBy(pair => pair.Second, pair => pair.First.Text).Select(texts => texts.Distinct().Count())];
        Assert.Equal(folds, sizes.Length);
        Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
    });

    [Fact]
    public void A_seed_gives_the_same_folds_again_and_another_seed_others()
    {
        QuestionTable table = Tables.TwoKinds(100).Table;
        Assert.Equal(QuestionFolds.Assign(table, 5, 1), QuestionFolds.Assign(table, 5, 1));
        Assert.NotEqual(QuestionFolds.Assign(table, 5, 1), QuestionFolds.Assign(table, 5, 2));
    }
}
