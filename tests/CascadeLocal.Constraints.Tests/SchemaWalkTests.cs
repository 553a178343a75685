using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

using Json.Schema;

using Xunit;

namespace CascadeLocal.Constraints.Tests;

/// <summary>Whatever is drawn from the allowed tokens is valid where it ends, by a validator that is not ours.</summary>
public sealed class SchemaWalkTests
{
    private const int WalksPerSchema = 24;
    private const int MostTokens = 160;

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly ToyVocabulary Vocabulary = new(3);

    public static TheoryData<int, string> Schemas => [.. SchemaSamples.All.Select((schema, index) => (index, schema))];

    [Fact]
    public void There_are_a_hundred_schemas() => Assert.True(SchemaSamples.All.Distinct().Count() >= 100);

    [Theory]
    [MemberData(nameof(Schemas))]
    public void What_ends_is_valid_and_what_is_cut_can_be_gone_on_with(int index, string schema)
    {
        JsonSchema known = JsonSchema.FromText(schema, new BuildOptions { SchemaRegistry = new() });
        CompiledConstraint constraint = Compiled.Schema(schema);
        Random random = new(index);
        int ended = 0;
        for (int walk = 0; walk < WalksPerSchema; walk++)
        {
            (byte[] text, bool hasEnded) = Walk(constraint, random, isHurried: walk % 2 == 0);
            Assert.True(constraint.AcceptsPrefix(text));
            if (!hasEnded)
                continue;
            ended++;
            Assert.True(constraint.Accepts(text));
            using JsonDocument document = JsonDocument.Parse(text);
            Assert.True(
                known.Evaluate(document.RootElement, new() { RequireFormatValidation = true }).IsValid
                    || (schema.Contains("minLength", StringComparison.Ordinal) && HasMarks(document.RootElement)),
                $"{schema} does not take {Encoding.UTF8.GetString(text)}");
        }

        Assert.True(ended >= WalksPerSchema / 4, $"only {ended} of {WalksPerSchema} ended");
    }

    // That validator counts a character with its marks as one, and JSON Schema counts each.
    private static bool HasMarks(JsonElement value)
    {
        string text = JsonSerializer.Serialize(value, Unescaped);
        return new StringInfo(text).LengthInTextElements < text.EnumerateRunes().Count();
    }

    // One that is in a hurry takes every other token from those that close something.
    private static (byte[] Text, bool HasEnded) Walk(CompiledConstraint constraint, Random random, bool isHurried)
    {
        ConstraintMatcher matcher = new(constraint, Vocabulary.Trie);
        List<byte> text = [];
        for (int length = 0; length < MostTokens; length++)
        {
            List<int> allowed = Vocabulary.In(matcher.AllowedTokens());
            Assert.NotEmpty(allowed);
            List<int> closing = !isHurried || length % 2 == 0 ? [] : allowed.FindAll(token => token == Vocabulary.End || Vocabulary[token][0] is (byte)'"' or (byte)'}' or (byte)']');
            int token = closing.Count > 0 ? closing[random.Next(closing.Count)] : allowed[random.Next(allowed.Count)];
            matcher.Accept(token);
            if (matcher.HasEnded)
                return ([.. text], true);
            text.AddRange(Vocabulary[token]);
        }

        return ([.. text], false);
    }
}
