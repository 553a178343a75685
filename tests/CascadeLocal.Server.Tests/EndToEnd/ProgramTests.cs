using System.Text.Json;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

[Collection(EndToEndCollection.Name)]
public sealed class ProgramTests
{
    [Fact]
    public async Task Run_answers_one_question_by_the_cascade_and_says_who_did()
    {
        CascadeProcess.RequireProgramAndTier();

        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync("run", "What is 40 + 3?");

        Assert.Equal(0, exitCode);
        Assert.Equal("43", output.Trim());
        Assert.Matches(@"^\[(nano|small|base): .*(accepted|rejected|not judged).*; \d+ ms\]$", errors.Trim());
    }

    [Fact]
    public async Task Run_without_a_question_holds_a_conversation_and_explains_itself()
    {
        CascadeProcess.RequireProgramAndTier();

        (int exitCode, string output, string errors) = await CascadeProcess.RunWithInputAsync(
            "/why\nRemember that my code is 2672.\n\nWhat is my code?\n/why\n/members\n/new\n/help\nWhat is 40 + 3?\n/exit\nnever asked\n", "run");

        Assert.Equal(0, exitCode);
        string[] answers = output.Trim().Split('\n');
        Assert.Equal(3, answers.Length);
        Assert.Contains("2672", answers[1], StringComparison.Ordinal);
        Assert.Equal("43", answers[2]);
        string[] told = errors.Split('\n');
        Assert.Equal("Nothing was answered yet.", told[0]);
        Assert.Equal(3, told.Count(line => line.StartsWith('[') && line.EndsWith(" ms]", StringComparison.Ordinal)));
        Assert.Contains(told, line => line.StartsWith("promise: ", StringComparison.Ordinal));
        Assert.Contains(told, line => line.StartsWith("base: cascade-base, ", StringComparison.Ordinal) && line.Contains(" M parameters, ", StringComparison.Ordinal));
        Assert.Contains(told, line => line.StartsWith("/new begins anew", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_conversation_that_waits_for_its_next_line_ends_at_a_signal()
    {
        await using CascadeProcess run = CascadeProcess.Open("run", "--model", "nano");
        await run.WriteLineAsync("What is 40 + 3?");
        await Wait.UntilAsync(() => run.Log.Any(line => line.StartsWith("[nano: ", StringComparison.Ordinal)));

        await run.SignalAsync("TERM");

        Assert.Equal(1, await run.WaitForExitAsync());
    }

    [Fact]
    public async Task A_script_whose_question_was_not_answered_is_told_so_and_the_others_are_answered()
    {
        CascadeProcess.RequireProgramAndTier();

        (int exitCode, string output, string errors) = await CascadeProcess.RunWithInputAsync(
            $"{string.Join(' ', Enumerable.Range(1, 20_000))}\nWhat is 40 + 3?\n", "run", "--model", "base");

        Assert.Equal((1, "43"), (exitCode, output.Trim()));
        Assert.Equal(2, errors.Trim().Split('\n').Length);
    }

    [Fact]
    public async Task A_question_may_begin_with_a_slash_and_a_command_may_end_with_a_blank()
    {
        CascadeProcess.RequireProgramAndTier();

        (int exitCode, _, string errors) = await CascadeProcess.RunWithInputAsync(
            "/etc/fstab: what is it for?\n/etc/fstab\n/exit \nnever asked\n", "run", "--model", "nano");

        string[] told = errors.Trim().Split('\n');
        Assert.Equal((0, 2), (exitCode, told.Length));
        Assert.All(told, line => Assert.StartsWith("[nano: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_says_which_members_failed_and_that_the_policy_is_refused()
    {
        CascadeProcess.RequireProgramAndTier();
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("policy"));
        await File.WriteAllTextAsync(folder.File("policy/policy.json"), "{}", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            folder.File("cascade.json"),
            $$"""{"policy":"policy","pool":[{"path":"{{Path.Combine(RepositoryPaths.DefaultTier, "base.gguf")}}"},{"path":"lost.gguf"}]}""",
            TestContext.Current.CancellationToken);

        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync("run", "What is 40 + 3?", "--config", folder.File("cascade.json"));

        Assert.Equal((0, "43"), (exitCode, output.Trim()));
        string[] told = errors.Trim().Split('\n');
        Assert.StartsWith("lost: ", told[0], StringComparison.Ordinal);
        Assert.StartsWith("The policy is refused, so the strongest member answers: ", told[1], StringComparison.Ordinal);
        Assert.StartsWith("[base: ", told[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_with_a_model_talks_to_that_one()
    {
        CascadeProcess.RequireProgramAndTier();

        (_, string output, string errors) = await CascadeProcess.RunWithInputAsync("What is 40 + 2?\n", "run", "--model", "base");

        Assert.Equal("42", output.Trim());
        Assert.Matches(@"^\[base: not judged; \d+ ms\]$", errors.Trim());
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

    [Fact]
    public async Task A_check_tells_files_that_would_be_served_from_those_that_would_not()
    {
        CascadeProcess.RequireProgramAndTier();
        string nano = Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf");
        string empty = Path.GetTempFileName();
        try
        {
            (int wellCode, string well, _) = await CascadeProcess.RunAsync("models", "--check", nano, "--ctx", "256", "--json");
            (int badCode, string bad, _) = await CascadeProcess.RunAsync("models", "--json", "--check", nano, empty);

            Assert.Equal((0, 1), (wellCode, badCode));
            using JsonDocument one = JsonDocument.Parse(well);
            JsonElement model = one.RootElement.GetProperty("models")[0];
            Assert.True(model.GetProperty("serves").GetBoolean());
            Assert.Equal(256, model.GetProperty("context_length").GetInt32());
            Assert.True(model.GetProperty("prompt_tokens").GetInt32() > 0);
            Assert.NotEmpty(model.GetProperty("end_tokens").EnumerateArray());
            using JsonDocument two = JsonDocument.Parse(bad);
            Assert.Equal([true, false], two.RootElement.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("serves").GetBoolean()));
            Assert.Contains("is empty", two.RootElement.GetProperty("models")[1].GetProperty("reason").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(empty);
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
