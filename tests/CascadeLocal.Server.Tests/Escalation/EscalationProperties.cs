using System.Net;
using System.Text.Json;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using CsCheck;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>Whatever members do, a client sees one whole answer of one member, or an error.</summary>
public sealed class EscalationProperties
{
    private const int Draws = 300;

    private static readonly string[] Names = ["nano", "small", "base"];

    /// <summary>What a member does each time it is asked.</summary>
    /// <param name="Tokens">Tokens that it says.</param>
    /// <param name="Fails">Whether it then fails instead of coming to an end.</param>
    /// <param name="IsFull">Whether it takes no request at all.</param>
    /// <param name="Own">How right its answers are judged to be.</param>
    private sealed record Script(int Tokens, bool Fails, bool IsFull, double Own);

    private static readonly Gen<Script> Scripts = Gen.Select(
        Gen.Int[0, 6], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Bool, (tokens, fails, full, good) => new Script(tokens, fails == 0, full == 0, good ? 0.9 : 0.1));

    private static readonly Gen<(Script[] Members, bool Early, bool Stream)> Cases =
        Gen.Select(Scripts.Array[Names.Length], Gen.Bool, Gen.Bool);

    [Fact]
    public async Task What_is_shown_is_one_members_whole_answer()
    {
        await using TestServer server = await GatedPolicy.StartAsync(
            PolicyOf([new(1, false, false, 0.9), new(1, false, false, 0.9)], early: false),
            options => options with { Members = [.. options.Members, TestServer.Member("base")] });

        await Cases.SampleAsync(c => CheckAsync(server, c.Members, c.Early, c.Stream), iter: Draws, threads: 1);

        // Everything that was begun has been given back: otherwise this would wait for ever.
        await server.Pool.Remove("base")!;
        await server.Pool.Remove("nano")!;
    }

    private static async Task CheckAsync(TestServer server, Script[] members, bool early, bool stream)
    {
        ScriptedMember[] backends = [server.Nano, server.Small, server.Base];
        for (int m = 0; m < members.Length; m++)
        {
            Script script = members[m];
            string letter = Names[m][..1];
            backends[m].Answer = _ => Answer(script, letter);
        }

        await server.Server.Policies.UseAsync(new LoadedPolicy(PolicyOf(members, early), "memory", "random"), CancellationToken.None);
        string[] fields = stream ? ["\"stream\":true"] : [];
        using HttpResponseMessage response = await server.PostAsync(CascadeAnswer.Request(["easy"], fields));
        string body = await response.Content.ReadAsStringAsync();

        bool failed = response.StatusCode != HttpStatusCode.OK || body.Contains("\"error\":{", StringComparison.Ordinal);
        (string text, string? model) = failed ? (stream ? StreamText(body) : "", null) : stream ? (StreamText(body), ModelOf(Last(body))) : Whole(body);
        Assert.True(text.Distinct().Count() <= 1, $"two answers are mixed: {text}");
        if (model is null)
        {
            // Of those that could have been asked nobody could answer, or one broke when it had been heard.
            Assert.Contains(members, s => s.IsFull || s.Fails);
            return;
        }

        Script delivered = members[Array.IndexOf(Names, model)];
        Assert.Equal(new string(model[0], delivered.Tokens), text);
        Assert.False(delivered.IsFull || delivered.Fails);
    }

    private static ScriptedAnswer Answer(Script script, string letter)
    {
        if (script.IsFull)
            throw new QueueFullException(1);
        string[] tokens = [.. Enumerable.Repeat(letter, script.Tokens)];
        return script.Fails ? ScriptedAnswer.Failing(tokens) : new ScriptedAnswer(tokens);
    }

    private static Policy PolicyOf(IReadOnlyList<Script> members, bool early)
    {
        Policy policy = GatedPolicy.OfThree(HandMadeJudge.Constant(members[0].Own, 2), HandMadeJudge.Constant(members[1].Own, 2));
        EarlyRule rule = early ? new([2], [-0.05], [0.05]) : EarlyRule.None;
        return policy with { Escalation = policy.Escalation! with { EarlyRules = [rule, rule, EarlyRule.None] } };
    }

    private static (string Text, string Model) Whole(string body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        return (document.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!, ModelOf(document.RootElement));
    }

    private static string ModelOf(JsonElement root) => root.GetProperty("cascade").GetProperty("model").GetString()!;

    private static JsonElement Last(string body) => Chunks(body).Last();

    private static string StreamText(string body) => string.Concat(Chunks(body)
        .Where(c => c.TryGetProperty("choices", out _))
        .Select(c => c.GetProperty("choices")[0].GetProperty("delta").TryGetProperty("content", out JsonElement text) ? text.GetString() : ""));

    private static IEnumerable<JsonElement> Chunks(string body)
    {
        foreach (string line in body.Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)))
        {
            using JsonDocument chunk = JsonDocument.Parse(line[6..]);
            yield return chunk.RootElement.Clone();
        }
    }
}
