using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

using Xunit;

namespace CascadeLocal.Clients.Tests;

/// <summary>
/// What every client is asked. Arguments and answers are short whatever a model writes, since little models do not know when to end a text.
/// </summary>
internal static class Conversation
{
    public const string Question = "What is 12 + 30?";

    /// <summary>The most tokens of an answer. In the default tier a token is a character.</summary>
    public const int MaxTokens = 120;

    /// <summary>The token that ends an answer in the default tier. Banning it makes an answer long.</summary>
    public const int EndToken = 2;

    /// <summary>The most tokens of an answer that nobody reads to its end.</summary>
    public const int ManyTokens = 500;

    /// <summary>The schema of <see cref="Verdict"/> for clients that do not make one from a type.</summary>
    public const string VerdictSchema =
        """
        {"type": "object", "properties": {"colour": {"enum": ["Red", "Green", "Blue"]}, "isSure": {"type": "boolean"}},
         "required": ["colour", "isSure"], "additionalProperties": false}
        """;

    /// <summary>The schema of the arguments of <see cref="Adder.Add"/>.</summary>
    public const string AddSchema =
        """
        {"type": "object", "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 99}, "b": {"type": "integer", "minimum": 0, "maximum": 99}},
         "required": ["a", "b"], "additionalProperties": false}
        """;

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    public static Verdict ReadVerdict(string json)
    {
        Verdict verdict = JsonSerializer.Deserialize<Verdict>(json, Strict)!;
        Assert.True(Enum.IsDefined(verdict.Colour));
        return verdict;
    }

    /// <summary>Begins a long answer, and leaves after its first piece.</summary>
    public static async Task LeaveInMidStreamAsync<T>(Func<CancellationToken, IAsyncEnumerable<T>> begin)
    {
        using CancellationTokenSource leave = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        int pieces = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (T _ in begin(leave.Token))
            {
                pieces++;
                await leave.CancelAsync();
            }
        });
        Assert.True(pieces > 0);
    }
}

/// <summary>A function that counts who called it.</summary>
internal sealed class Adder
{
    /// <summary>The sums that were asked for.</summary>
    public List<long> Sums { get; } = [];

    // Semantic Kernel tells no range, and a model that was not taught to call writes as many digits as the grammar lets it.
    [Description("Adds two numbers.")]
    public long Add([Range(0, 99)] long a, [Range(0, 99)] long b)
    {
        Sums.Add(a + b);
        return a + b;
    }
}

/// <summary>An answer that has to have a form.</summary>
internal sealed record Verdict(Colour Colour, bool IsSure);

[JsonConverter(typeof(JsonStringEnumConverter<Colour>))]
internal enum Colour
{
    Red,
    Green,
    Blue,
}
