using System.Text;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests;

public sealed class StatisticsFileTests
{
    private const string Valid = """
        {
          "anything": [1, {"x": null}],
          "cluster_sizes": {"0": 10, "1": 20},
          "models": {
            "A": {"errors": {"0": 0.1, "1": 0.2}, "tpot_ms": 5, "cluster_ttft_ms": null},
            "B": {"errors": {"0": 0.3, "1": 0.4}, "cluster_tpot_ms": {"1": 7}}
          }
        }
        """;

    [Fact]
    public void Unknown_keys_are_ignored_and_the_rest_is_read()
    {
        PoolStatistics pool = TestData.Statistics(Valid);
        Assert.Equal(["0", "1"], pool.Clusters.Select(c => c.Name));
        Assert.Equal([0.1, 0.2], pool.Models[0].Errors);
        Assert.Equal(5, pool.Models[0].Tpot.Pool);
        Assert.Equal([null, 7.0], pool.Models[1].Tpot.Clusters);
        Assert.Equal(7, pool.Models[1].Tpot.PoolFigure(pool.Clusters));
        Assert.Equal(0.001, pool.ErrorTolerance);
    }

    [Fact]
    public void Both_names_of_output_tokens_are_read()
    {
        StatisticsFile file = StatisticsFile.Read(TestData.Path("stats.json"));
        Assert.Equal([50.0, 40.0], file.Pool.Models[0].OutputTokens);
        Assert.Equal([50.0, 40.0], file.Pool.Models[1].OutputTokens);
    }

    [Fact]
    public void A_tolerance_of_the_file_is_taken() => Assert.Equal(
        0, TestData.Statistics(Valid.Replace("\"anything\": [1, {\"x\": null}]", "\"error_tol\": 0", StringComparison.Ordinal)).ErrorTolerance);

    [Fact]
    public void A_byte_order_mark_and_windows_line_ends_are_fine()
    {
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Valid.ReplaceLineEndings("\r\n"))];
        Assert.Equal(2, new StatisticsReader(JsonFile.Parse("stats.json", bytes)).Read().Models.Count);
    }

    [Fact]
    public void A_cluster_that_has_no_size_is_ignored_with_a_notice()
    {
        StatisticsReader reader = new(TestData.Parse(Valid.Replace("{\"1\": 7}", "{\"1\": 7, \"2\": 8}", StringComparison.Ordinal)));
        reader.Read();
        Assert.Equal("stats.json:6: models.B.cluster_tpot_ms.2: is ignored: cluster_sizes has no cluster '2'", Assert.Single(reader.Notices));
    }

    [Theory]
    [InlineData("\"0\": 0.1", "\"0\": NaN", "stats.json:5: models.A.errors.0: is NaN, but must be a finite number")]
    [InlineData("\"0\": 0.1", "\"0\": -Infinity", "stats.json:5: models.A.errors.0: is -Infinity, but must be a finite number")]
    [InlineData("\"0\": 0.1", "\"0\": null", "stats.json:5: models.A.errors.0: is null, but must be a number")]
    [InlineData("\"0\": 0.1", "\"0\": \"0.1\"", "stats.json:5: models.A.errors.0: is a string, but must be a number")]
    [InlineData("\"0\": 0.1", "\"0\": true", "stats.json:5: models.A.errors.0: is true or false, but must be a number")]
    [InlineData("\"0\": 0.1", "\"0\": 1.5", "stats.json:5: models.A.errors.0: is 1.5, but must be from 0 to 1")]
    [InlineData("\"0\": 0.1", "\"0\": -0.1", "stats.json:5: models.A.errors.0: is -0.1, but must be from 0 to 1")]
    [InlineData("\"0\": 0.1", "\"0\": 1e999", "stats.json:5: models.A.errors.0: is too large for a number")]
    [InlineData("\"0\": 0.1, ", "", "stats.json:5: models.A.errors.0: is missing: A needs an error rate in every cluster")]
    [InlineData("\"0\": 0.1", "\"0\": 0.1, \"0\": 0.2", "stats.json:5: models.A.errors.0: is given twice")]
    [InlineData("\"tpot_ms\": 5", "\"tpot_ms\": -5", "stats.json:5: models.A.tpot_ms: is -5, but must be from 0 to 1000000000000")]
    [InlineData("{\"1\": 7}", "{\"1\": null}", "stats.json:6: models.B.cluster_tpot_ms.1: is null, but must be a number")]
    [InlineData("{\"1\": 7}", "7", "stats.json:6: models.B.cluster_tpot_ms: is a number, but must be an object")]
    [InlineData("\"1\": 20}", "\"1\": -20}", "stats.json:3: cluster_sizes.1: is -20, but must be from 0 to 1000000000000")]
    [InlineData("{\"0\": 10, \"1\": 20}", "{\"0\": 0, \"1\": 0}", "stats.json:3: cluster_sizes: holds no query: all sizes are 0")]
    [InlineData("{\"0\": 10, \"1\": 20}", "{}", "stats.json:3: cluster_sizes: holds no cluster")]
    [InlineData("\"cluster_sizes\"", "\"sizes\"", "stats.json:1: cluster_sizes: is missing")]
    [InlineData("\"models\"", "\"model\"", "stats.json:1: models: is missing")]
    [InlineData("\"A\": {\"errors\"", "\"A\": {\"rates\"", "stats.json:5: models.A.errors: is missing")]
    [InlineData("\"tpot_ms\": 5", "\"cluster_output_tokens\": {}, \"cluster_mean_output_tokens\": {}", "stats.json:5: models.A.cluster_output_tokens: and cluster_mean_output_tokens are two names of one thing; give one of them")]
    public void What_is_wrong_is_named_with_its_line_and_field(string part, string instead, string message)
    {
        Assert.Contains(part, Valid, StringComparison.Ordinal);
        string text = Valid.Replace(part, instead, StringComparison.Ordinal);
        Assert.Equal(message, Assert.Throws<DataFileException>(() => TestData.Statistics(text)).Message);
    }

    [Theory]
    [InlineData("", "stats.json:1: the file is empty")]
    [InlineData(" \n", "stats.json:2: the file is empty")]
    [InlineData("[]", "stats.json:1: is an array, but must be an object")]
    public void A_file_that_is_no_object_is_refused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<DataFileException>(() => TestData.Statistics(text)).Message);

    [Fact]
    public void A_file_that_is_not_there_is_an_error() => Assert.Equal(
        "nowhere.json: there is no such file", Assert.Throws<DataFileException>(() => StatisticsFile.Read("nowhere.json")).Message);

    [Fact]
    public void A_file_cut_anywhere_is_refused_with_a_line() => Gen.Int[0, Valid.Length - 1].Sample(length =>
        Assert.NotNull(Assert.Throws<DataFileException>(() => TestData.Statistics(Valid[..length])).Line));

    [Fact]
    public void Whatever_bytes_a_file_holds_it_is_read_or_refused() => Gen.Select(Gen.Int[0, Valid.Length - 1], Gen.Byte).Sample((at, value) =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Valid);
        bytes[at] = value;
        try
        {
            Assert.NotEmpty(new StatisticsReader(JsonFile.Parse("stats.json", bytes)).Read().Models);
        }
        catch (DataFileException)
        {
        }
    }, iter: 2000);
}
