using System.Text.Json;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

[Collection(EndToEndCollection.Name)]
public sealed class ProgramTests
{
    [Fact]
    public async Task Run_answers_one_question_and_says_who_did()
    {
        CascadeProcess.RequireProgramAndTier();

        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync("run", "What is 12 + 30?");

        Assert.Equal(0, exitCode);
        Assert.NotEmpty(output);
        Assert.Matches(@"^\S+: \d+ \+ \d+ tokens, TTFT [0-9.]+ ms, TPOT [^\n]+$", errors);
    }

    [Fact]
    public async Task Models_prints_one_json_object()
    {
        CascadeProcess.RequireProgramAndTier();

        (int exitCode, string output, _) = await CascadeProcess.RunAsync("models", "--json");

        Assert.Equal(0, exitCode);
        using JsonDocument document = JsonDocument.Parse(output);
        foreach (JsonElement model in document.RootElement.GetProperty("models").EnumerateArray())
        {
            Assert.Equal("ready", model.GetProperty("state").GetString());
            Assert.Equal("llama", model.GetProperty("architecture").GetString());
        }
    }

    [Theory]
    [InlineData]
    [InlineData("fly")]
    [InlineData("serve", "--prot", "1")]
    [InlineData("serve", "--port", "x")]
    [InlineData("serve", "--config", "/nowhere/cascade.json")]
    [InlineData("run")]
    [InlineData("run", "hi", "--model", "nobody")]
    [InlineData("run", "hi", "--max-tokens", "0")]
    public async Task Wrong_usage_is_exit_code_2_with_a_reason(params string[] arguments)
    {
        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync(arguments);

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.NotEmpty(errors);
    }

    [Fact]
    public async Task A_file_that_is_no_model_is_exit_code_1_with_the_reason()
    {
        string path = Path.GetTempFileName();
        try
        {
            (int exitCode, _, string errors) = await CascadeProcess.RunAsync("run", "hi", "--model", path);

            Assert.Equal(1, exitCode);
            Assert.Contains(Path.GetFileNameWithoutExtension(path), errors, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
