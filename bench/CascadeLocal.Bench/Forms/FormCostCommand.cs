using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;
using CascadeLocal.Constraints;
using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Vocabularies;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Text;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.Forms;

/// <summary>
/// What it costs to hold answers to a form: the masks over a model's vocabulary, and TPOT with a form as a ratio of TPOT without.
/// </summary>
internal static class FormCostCommand
{
    private const int Sequences = 12;
    private const int SequenceTokens = 250;

    private static readonly (string Name, OutputConstraint? Form)[] Forms =
    [
        ("any JSON object", new(OutputConstraintKind.JsonObject)),
        ("list of objects with free strings", Schema("""{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"note":{"type":"string"},"age":{"type":"integer"}},"required":["name","note","age"],"additionalProperties":false}}""")),
        ("string, `maxLength` 2000", Schema("""{"type":"string","maxLength":2000}""")),
        ("string, `minLength` 500, `maxLength` 2000", Schema("""{"type":"string","minLength":500,"maxLength":2000}""")),
        ("`pattern` `^[a-z ]{1,200}$`", Schema("""{"type":"string","pattern":"^[a-z ]{1,200}$"}""")),
        ("`pattern` `^\\w+ .*$`, `maxLength` 300", Schema("""{"type":"string","pattern":"^\\w+ .*$","maxLength":300}""")),
        ("further keys beside declared ones", Schema("""{"type":"object","properties":{"name":{"type":"string"},"nation":{"type":"string"}},"additionalProperties":{"type":"integer"}}""")),
        ("list of enum, integer range, date-time, number", Schema("""{"type":"array","items":{"anyOf":[{"enum":["red","green","blue"]},{"type":"integer","minimum":-5,"maximum":1234},{"type":"string","format":"date-time"},{"type":"number"}]}}""")),
        ("`.{0,3000}` as regular expression", new(OutputConstraintKind.Regex, ".{0,3000}")),
        ("text, then a tool call", null),
    ];

    /// <summary>The command <c>form-cost</c>.</summary>
    public static Command Create()
    {
        Command command = new("form-cost", "Measure what it costs to hold answers to a form");
        Option<string?> model = new("--model") { Description = "The GGUF file (default: the largest of the benchmarks' models)", HelpName = "file" };
        Option<int> tokens = new("--tokens") { Description = "Tokens of an answer whose TPOT is measured", DefaultValueFactory = _ => 128 };
        Option<int> rounds = new("--rounds") { Description = "Answers with and without the form, in turns", DefaultValueFactory = _ => 9 };
        command.Options.Add(model);
        command.Options.Add(tokens);
        command.Options.Add(rounds);
        command.SetAction((result, cancellationToken) => BenchModels.MeasureAsync(
            result.GetValue(model), path => RunAsync(path, result.GetValue(tokens), result.GetValue(rounds), cancellationToken)));
        return command;
    }

    private static async Task RunAsync(string path, int tokens, int rounds, CancellationToken cancellationToken)
    {
        using LanguageModel model = await LanguageModel.LoadAsync(
            new ModelOptions { Path = path, Parallel = 1, ContextLength = 2048, Threads = BenchModels.Threads(), Sampling = BenchModels.Greedy },
            NullLogger.Instance,
            cancellationToken);
        MeasureMasks(model.Info.Name, model.Inside.Vocabulary);
        await MeasureStepsAsync(model, tokens, rounds, cancellationToken);
    }

    private static OutputConstraint Schema(string schema) => new(OutputConstraintKind.JsonSchema, schema);

    private static void MeasureMasks(string model, Vocabulary vocabulary)
    {
        long start = Stopwatch.GetTimestamp();
        TokenTrie trie = new(vocabulary.Count, vocabulary.Piece, vocabulary.EndTokens);
        TimeSpan first = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        trie = new(vocabulary.Count, vocabulary.Piece, vocabulary.EndTokens);
        Say($"{model}: {vocabulary.Count:N0} tokens; their trie takes {first.TotalMilliseconds:0} ms, the second time {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");
        Say($"\nMasks, microseconds a token; {Sequences} sequences of up to {SequenceTokens} tokens drawn by chance, then the same again:\n");
        Say($"| form | compile, ms | first: mean | p99 | most | again: p99 |\n|---|---|---|---|---|---|");
        foreach ((string name, OutputConstraint? form) in Forms)
        {
            start = Stopwatch.GetTimestamp();
            CompiledConstraint constraint = Compile(form);
            TimeSpan compile = Stopwatch.GetElapsedTime(start);
            double[] cold = Draw(constraint, trie), warm = Draw(constraint, trie);
            Say($"| {name} | {compile.TotalMilliseconds:0.0} | {cold.Average():0} | {Percentile(cold, 0.99):0} | {cold.Max():0} | {Percentile(warm, 0.99):0} |");
        }
    }

    // What a tool call is held by: anything, then its marker and arguments of its schema.
    private static CompiledConstraint Compile(OutputConstraint? form)
    {
        const string Marker = "<tool_call>";
        if (form is not null)
            return ConstraintCompiler.Compile(form);
        using var schema = System.Text.Json.JsonDocument.Parse("""{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city","days"],"additionalProperties":false}""");
        return ConstraintCompiler.Compile(GrammarExpression.Sequence(
            GrammarExpression.AnyTextUntil(Marker),
            GrammarExpression.Optional(GrammarExpression.Sequence(
                GrammarExpression.Literal(Marker + "\n{\"name\": \"weather\", \"arguments\": "),
                GrammarExpression.JsonSchema(schema.RootElement),
                GrammarExpression.Literal("}\n</tool_call>")))));
    }

    /// <summary>Follows sequences of tokens by chance; microseconds of every mask.</summary>
    private static double[] Draw(CompiledConstraint constraint, TokenTrie trie)
    {
        List<double> times = [];
        List<int> allowed = [];
        for (int seed = 0; seed < Sequences; seed++)
        {
            Random random = new(seed);
            ConstraintMatcher matcher = new(constraint, trie);
            for (int token = 0; token < SequenceTokens && !matcher.MustEnd; token++)
            {
                long start = Stopwatch.GetTimestamp();
                ReadOnlySpan<ulong> mask = matcher.AllowedTokens();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
                List(mask, allowed);
                matcher.Accept(allowed[random.Next(allowed.Count)]);
            }
        }

        return [.. times];
    }

    private static void List(ReadOnlySpan<ulong> mask, List<int> tokens)
    {
        tokens.Clear();
        for (int word = 0; word < mask.Length; word++)
        {
            for (ulong rest = mask[word]; rest != 0; rest &= rest - 1)
                tokens.Add((word << 6) + System.Numerics.BitOperations.TrailingZeroCount(rest));
        }
    }

    /// <summary>Greedy answers of one length, in turns without and with a form, so that what else the machine does strikes both.</summary>
    private static async Task MeasureStepsAsync(LanguageModel model, int tokens, int rounds, CancellationToken cancellationToken)
    {
        Say($"\nTPOT of {tokens} tokens, milliseconds; {rounds} answers of each in turns; ratio: the median over the pairs:\n");
        Say($"| form | without | with, first answer | with | ratio | least | most |\n|---|---|---|---|---|---|---|");
        foreach ((string name, OutputConstraint form) in Long())
        {
            // What is read beside the form is warm, the form is not.
            await TpotAsync(model, null, tokens, cancellationToken);
            double first = await TpotAsync(model, form, tokens, cancellationToken);
            double[] without = new double[rounds], with = new double[rounds];
            for (int round = 0; round < rounds; round++)
                (without[round], with[round]) = (await TpotAsync(model, null, tokens, cancellationToken), await TpotAsync(model, form, tokens, cancellationToken));
            double[] ratios = [.. without.Zip(with, (plain, held) => held / plain)];
            Figures.Add($"TPOT with a form over without, {name}", Percentile(ratios, 0.5));
            Say($"| {name} | {Percentile(without, 0.5):0.00} | {first:0.00} | {Percentile(with, 0.5):0.00} | {Percentile(ratios, 0.5):0.000} | {ratios.Min():0.000} | {ratios.Max():0.000} |");
        }
    }

    // Forms whose answers are as long as is asked for.
    private static IEnumerable<(string Name, OutputConstraint Form)> Long() =>
    [
        ("list of at least 500 objects", Schema("""{"type":"array","minItems":500,"items":{"type":"object","properties":{"name":{"type":"string","maxLength":20},"age":{"type":"integer","minimum":0,"maximum":120}},"required":["name","age"],"additionalProperties":false}}""")),
        ("string, `minLength` 4000", Schema("""{"type":"string","minLength":4000,"maxLength":8000}""")),
        ("`[ -~]{4000,8000}` as regular expression", new(OutputConstraintKind.Regex, "[ -~]{4000,8000}")),
    ];

    private static async Task<double> TpotAsync(LanguageModel model, OutputConstraint? form, int tokens, CancellationToken cancellationToken)
    {
        await using Generation answer = model.Start(new()
        {
            Messages = [new("user", "Name the people of a small town and how old they are.")],
            MaxTokens = tokens,
            IgnoreEndOfSequence = form is null,
            Constraint = form,
        });
        GenerationResult result = await answer.FinishAsync(cancellationToken);
        return result.OutputTokens == tokens
            ? result.TimePerOutputToken!.Value.TotalMilliseconds
            : throw new InvalidOperationException($"The answer has {result.OutputTokens} tokens.");
    }

    private static double Percentile(double[] values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
