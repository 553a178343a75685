using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>A cascade over two processes does what it does in one, but for the drafts, and knows that its policy was fitted elsewhere.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class RemoteCascadeTests : IDisposable
{
    private const int Deadline = 480_000;

    private static readonly string[] Questions =
    [
        "What is 3 + 4?", "What is 12 + 30?", "What is 812 - 377?", "What is 47 * 36?", "What is 4871 + 2968?", "What is 734 - 89?",
        "Sort the words: pear, fig, apple.", "Spell house backwards.", "Spell the word planet.", "Sort these numbers: 41, 7, 93, 12.",
        "help", "Write a poem.", "Add 45 and 38 step by step.",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-remote-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(Timeout = Deadline)]
    public async Task It_answers_decides_and_charges_as_in_one_process_and_promises_nothing()
    {
        JsonElement[] inOne = await AnswersAsync(await TwoProcesses.ServeAllAsync(TwoProcesses.ShippedPolicy));
        await using CascadeProcess far = await TwoProcesses.ServeBaseAsync();
        JsonElement[] inTwo = await AnswersAsync(await TwoProcesses.ServeFrontAsync(far.Client.BaseAddress!, TwoProcesses.ShippedPolicy));

        Assert.Equal(inOne.Select(WhatCounts), inTwo.Select(WhatCounts));
        Assert.Contains(inTwo, a => a.GetProperty("model").GetString() == "base");
        Assert.Contains(inTwo, a => a.GetProperty("model").GetString() != "base");
        for (int i = 0; i < Questions.Length; i++)
        {
            (JsonElement one, JsonElement two) = (inOne[i].GetProperty("cascade"), inTwo[i].GetProperty("cascade"));
            JsonElement[] passes = [.. two.GetProperty("passes").EnumerateArray()];
            Assert.Equal(
                one.GetProperty("passes").EnumerateArray().Select(p => (p.GetProperty("model").GetString(), p.GetProperty("output_tokens").GetInt32())),
                passes.Select(p => (p.GetProperty("model").GetString(), p.GetProperty("output_tokens").GetInt32())));
            Assert.All(passes, p => Assert.InRange(p.GetProperty("ttft_ms").GetDouble(), 0, p.GetProperty("e2el_ms").GetDouble()));
            Assert.All(passes, p => Assert.True(p.GetProperty("prompt_tokens").GetInt32() > 0));
            Assert.True(two.GetProperty("e2el_ms").GetDouble() >= passes.Sum(p => p.GetProperty("e2el_ms").GetDouble()) - 1);
            Assert.Equal(JsonValueKind.Number, two.GetProperty("tpot_ms").ValueKind);
            if (passes[^1].GetProperty("model").GetString() == "base")
                Assert.False(passes[^1].TryGetProperty("draft", out _), "A draft was offered across.");

            // The policy knows base by its file, and the member elsewhere says something else of itself.
            Assert.Equal("confidence", one.GetProperty("guarantee").GetString());
            Assert.Equal(("none", "member_changed"), (two.GetProperty("guarantee").GetString(), two.GetProperty("guarantee_reason").GetString()));
        }

        Assert.Contains(inOne, a => a.GetProperty("cascade").GetProperty("draft_tokens_offered").GetInt32() > 0);
    }

    [Fact(Timeout = Deadline)]
    public async Task What_was_captured_of_the_member_elsewhere_makes_a_policy_that_promises_again()
    {
        await using CascadeProcess far = await TwoProcesses.ServeBaseAsync();
        string captured = await CaptureAsync(far.Client.BaseAddress!);
        string policy = RefittedTo(captured);

        await using CascadeProcess front = await TwoProcesses.ServeFrontAsync(far.Client.BaseAddress!, policy);

        JsonElement member = await front.Client.GetFromJsonAsync<JsonElement>(new Uri("/v1/models/base", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(captured, member.GetProperty("fingerprint").GetString());
        // As captured: nothing is said of how to sample.
        JsonElement cascade = (await front.AskAsync(TwoProcesses.Question(Questions[0], temperature: null))).GetProperty("cascade");
        Assert.Equal("confidence", cascade.GetProperty("guarantee").GetString());
        Assert.False(cascade.TryGetProperty("guarantee_reason", out _));
    }

    private static async Task<JsonElement[]> AnswersAsync(CascadeProcess server)
    {
        await using (server)
        {
            List<JsonElement> answers = [];
            foreach (string question in Questions)
                answers.Add(await server.AskAsync(TwoProcesses.Question(question)));
            return [.. answers];
        }
    }

    // All but ids, times, drafts and what is promised.
    private static string WhatCounts(JsonElement answer)
    {
        JsonElement cascade = answer.GetProperty("cascade"), choice = answer.GetProperty("choices")[0];
        return string.Join('\n', (JsonElement[])
        [
            answer.GetProperty("model"), choice.GetProperty("message").GetProperty("content"), choice.GetProperty("finish_reason"),
            cascade.GetProperty("cluster"), cascade.GetProperty("path"), cascade.GetProperty("reason"), cascade.GetProperty("escalated"),
            cascade.GetProperty("verdicts"), cascade.GetProperty("fallback"),
        ]);
    }

    /// <returns>What the labels call the model elsewhere.</returns>
    private async Task<string> CaptureAsync(Uri far)
    {
        string questions = Path.Combine(_folder.FullName, "questions.jsonl"), labels = Path.Combine(_folder.FullName, "labels");
        await File.WriteAllLinesAsync(
            questions,
            ["""{"id":"a","prompt":"What is 3 + 4?","answer":"7","grader":"contains"}""", """{"id":"b","prompt":"What is 12 + 30?","answer":"42","grader":"contains"}"""],
            TestContext.Current.CancellationToken);

        (int exitCode, _, string errors) = await CascadeProcess.RunAsync(
            "capture", "--data", questions, "--out", labels, "--model", TwoProcesses.File("nano"), "--member", TwoProcesses.Member(far));

        Assert.True(exitCode == 0, errors);
        JsonElement members = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(labels, "members.json"), TestContext.Current.CancellationToken));
        JsonElement list = members.ValueKind == JsonValueKind.Array ? members : members.GetProperty("members");
        Assert.Equal(["nano", "base"], list.EnumerateArray().Select(m => m.GetProperty("name").GetString()));
        Assert.Equal(2, (await File.ReadAllLinesAsync(Path.Combine(labels, "base.jsonl"), TestContext.Current.CancellationToken)).Length);
        string fingerprint = list[1].GetProperty("fingerprint").GetString()!;
        Assert.NotEqual(ShippedPolicy()["models"]!["base"]!["fingerprint"]!.GetValue<string>(), fingerprint);
        return fingerprint;
    }

    private static JsonNode ShippedPolicy() => JsonNode.Parse(File.ReadAllText(Path.Combine(TwoProcesses.ShippedPolicy, "policy.json")))!;

    // What a fit on labels of the whole tier would write; fitting takes minutes, and changes nothing in what is looked at here.
    private string RefittedTo(string fingerprint)
    {
        string folder = _folder.CreateSubdirectory("policy").FullName;
        JsonNode policy = ShippedPolicy();
        policy["models"]!["base"]!["fingerprint"] = fingerprint;
        File.WriteAllText(Path.Combine(folder, "policy.json"), policy.ToJsonString());
        File.Copy(Path.Combine(TwoProcesses.ShippedPolicy, "policy.safetensors"), Path.Combine(folder, "policy.safetensors"));
        return folder;
    }
}
