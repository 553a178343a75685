using CascadeLocal.Calibration.Composition;
using CascadeLocal.Calibration.Json;

using Xunit;

namespace CascadeLocal.Calibration.Tests;

public sealed class CompositionTests
{
    [Fact]
    public void Aime_is_composed_as_published()
    {
        ComposeReport report = Compose(TestData.Published("aime_cascade_test.json"));
        Assert.Equal(0.884, report.Accuracy, 5e-4);
        Assert.Equal(9.754, report.TpotMs!.Value, 5e-4);
        Assert.Equal(156_300, report.E2elMs!.Value, 50.0);
        Assert.Equal("Qwen3-30B-A3B", report.Strongest);
        Assert.Equal(0.8907, report.StrongestAccuracy, 5e-5);
        Assert.Equal(11.828, report.StrongestTpotMs!.Value, 5e-4);
        Assert.Equal(180_900, report.StrongestE2elMs!.Value, 50.0);
    }

    [Fact]
    public void TeleQnA_is_composed_as_published()
    {
        ComposeReport report = Compose(TestData.Published("teleqna_cascade_test.json"));
        Assert.Equal(0.7425, report.Accuracy, 5e-5);
        Assert.Equal(23.647, report.TpotMs!.Value, 5e-4);
        Assert.Equal(1127, report.E2elMs!.Value, 0.5);
        Assert.Equal("Gemma4-26B", report.Strongest);
        Assert.Equal(0.7643, report.StrongestAccuracy, 5e-5);
        Assert.Equal(24.502, report.StrongestTpotMs!.Value, 5e-4);
        Assert.Equal(1203, report.StrongestE2elMs!.Value, 0.6);
    }

    [Fact]
    public void An_escalated_query_pays_both_passes_over_the_tokens_of_the_delivered_one()
    {
        ComposeReport report = Compose(TestData.Path("cascade.json"));
        // words: 24 queries at 4 ms, 6 at (4 · 50 + 12 · 25) / 25 = 20 ms; sums: 10 queries at 10 ms.
        Assert.Equal((24 * 4 + 6 * 20 + 10 * 10) / 40.0, report.TpotMs!.Value, 1e-12);
        Assert.Equal((24 * 100 + 6 * 600 + 10 * 400) / 40.0, report.E2elMs!.Value, 1e-12);
        Assert.Equal((30 * 0.8 + 10 * 0.9) / 40, report.Accuracy, 1e-12);
        Assert.Equal(0.825 / 0.9, report.Retained!.Value, 1e-12);
        Assert.Equal(1 - 7.9 / 11.5, report.TpotSaving!.Value, 1e-12);
        Assert.Equal(1 - 250 / 475.0, report.E2elSaving!.Value, 1e-12);
    }

    [Fact]
    public void What_was_never_measured_is_null()
    {
        ComposeReport report = Compose(Text().Replace("cluster_e2el_ms", "other", StringComparison.Ordinal));
        Assert.Null(report.E2elMs);
        Assert.Null(report.E2elSaving);
        Assert.NotNull(report.TpotMs);
    }

    [Theory]
    [InlineData("\"words\": [\"large\", 6]", "\"words\": [\"large\", 31]", "stats.json:4: escalations.words[1]: is 31, but must be from 0 to 30")]
    [InlineData("\"words\": [\"large\", 6]", "\"words\": [\"small\", 6]", "stats.json:4: escalations.words[0]: escalates to the model that the cluster begins with")]
    [InlineData("\"words\": [\"large\", 6]", "\"words\": [\"huge\", 6]", "stats.json:4: escalations.words[0]: models has no 'huge'")]
    [InlineData("\"words\": [\"large\", 6]", "\"words\": 6", "stats.json:4: escalations.words: is a number, but must be an array")]
    [InlineData("\"words\": [\"large\", 6]", "\"words\": [\"large\"]", "stats.json:4: escalations.words: must be a pair of a model and a count")]
    [InlineData("\"words\": [\"large\", 6]", "\"wrods\": [\"large\", 6]", "stats.json:4: escalations.wrods: cluster_sizes has no cluster 'wrods'")]
    [InlineData("{\"words\": 0.8}", "{}", "stats.json:1: cascade_accuracy.words: is missing: this cluster escalates, so its accuracy has to be measured")]
    [InlineData(", \"words\": \"small\"", "", "stats.json:3: assignment.words: is missing")]
    public void A_file_that_does_not_fit_together_is_refused(string part, string instead, string message)
    {
        string text = Text();
        Assert.Contains(part, text, StringComparison.Ordinal);
        DataFileException refused = Assert.Throws<DataFileException>(() => Compose(text.Replace(part, instead, StringComparison.Ordinal)));
        Assert.Equal(message, refused.Message);
    }

    private static string Text() => File.ReadAllText(TestData.Path("cascade.json"));

    private static ComposeReport Compose(string pathOrText)
    {
        CascadeFile cascade = pathOrText.Contains('{', StringComparison.Ordinal)
            ? CascadeFile.Read(TestData.Parse(pathOrText))
            : CascadeFile.Read(pathOrText);
        return ComposeReport.Of(cascade.Pool, new CascadeComposition(cascade));
    }
}
