using System.Text.Json;

using CascadeLocal.Constraints.Automata;
using CascadeLocal.Constraints.Gbnf;
using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Regexes;
using CascadeLocal.Constraints.Schemas;
using CascadeLocal.Contracts;

namespace CascadeLocal.Constraints;

/// <summary>Makes constraints ready to be followed. Everything that is wrong with one is said here, before a token is decoded.</summary>
public static class ConstraintCompiler
{
    // How far a text is followed that can be read in as many ways as possible.
    private const int ProbedBytes = 1_024;
    private const long ProbedSteps = 2_000_000;

    /// <summary>Compiles a constraint of a request.</summary>
    /// <param name="constraint">The constraint.</param>
    /// <param name="limits">What it may cost; null for <see cref="ConstraintLimits.Default"/>.</param>
    /// <param name="place">The texts that are wanted, of those that have the form; null where that is these alone.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ConstraintException">It is malformed, too big, or asks for what is not served.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static CompiledConstraint Compile(
        OutputConstraint constraint, ConstraintLimits? limits = null, Func<GrammarExpression, GrammarExpression>? place = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(constraint);
        CompileBudget budget = new(limits ?? ConstraintLimits.Default, cancellationToken);
        GrammarExpression form = constraint.Kind switch
        {
            OutputConstraintKind.JsonObject => GrammarExpression.AnyJsonObject,
            OutputConstraintKind.JsonSchema => Read(Parse(constraint.Source, budget.Limits), budget),
            OutputConstraintKind.Regex => RegexParser.Parse(constraint.Source, isWhole: true, budget),
            OutputConstraintKind.Grammar => GbnfParser.Parse(constraint.Source, budget),
            _ => throw new ConstraintException("The constraint is of an unknown kind."),
        };
        return Compile(place is null ? form : place(form), budget);
    }

    /// <summary>Compiles an expression.</summary>
    /// <param name="expression">The texts that are wanted.</param>
    /// <param name="limits">What it may cost; null for <see cref="ConstraintLimits.Default"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ConstraintException">It is too big, or a schema in it asks for what is not served.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static CompiledConstraint Compile(
        GrammarExpression expression, ConstraintLimits? limits = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return Compile(expression, new CompileBudget(limits ?? ConstraintLimits.Default, cancellationToken));
    }

    private static CompiledConstraint Compile(GrammarExpression expression, CompileBudget budget)
    {
        Automaton automaton = AutomatonBuilder.Build(expression, budget, schema => Read(schema.Schema, budget));
        try
        {
            CompiledConstraint compiled = new(automaton, budget.Limits, budget.Steps);
            Probe(automaton, budget);
            return compiled;
        }
        catch (ConstraintBudgetException exception)
        {
            throw new ConstraintException($"The grammar is too ambiguous. {exception.Message}");
        }
    }

    // Ambiguity shows early along the bytes that most ways of reading agree on.
    private static void Probe(Automaton automaton, CompileBudget budget)
    {
        StateTable table = new(automaton, budget.Limits);
        ParserState state = table.Start;
        long steps = 0;
        int[] ways = new int[automaton.Classes + 1];
        for (int length = 0; length < ProbedBytes && steps < ProbedSteps && state.Items.Length > 0; length++)
        {
            budget.CancellationToken.ThrowIfCancellationRequested();
            Array.Clear(ways);
            foreach (Item item in state.Items)
            {
                foreach (Edge edge in automaton.EdgesOf(item.State))
                {
                    ways[edge.First]++;
                    ways[edge.Last + 1]--;
                }
            }

            (int best, int most, int sum) = (0, 0, 0);
            for (int byteClass = 0; byteClass < automaton.Classes; byteClass++)
            {
                sum += ways[byteClass];
                if (sum > most)
                    (best, most) = (byteClass, sum);
            }

            if (state.Next(best) is not null)
                return;
            state = table.Step(state, best, ref steps);
        }
    }

    private static GrammarExpression Read(JsonElement schema, CompileBudget budget)
    {
        try
        {
            return SchemaReader.Read(schema, budget);
        }
        catch (InvalidOperationException)
        {
            throw new ConstraintException("The schema holds a string that is not valid Unicode.", isInvalid: true);
        }
    }

    private static JsonElement Parse(string source, ConstraintLimits limits)
    {
        if (source.Length > limits.SourceLength)
            throw new ConstraintException($"The schema is longer than {limits.SourceLength} characters.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(source, new() { MaxDepth = 4 * limits.Depth });
            return document.RootElement.Clone();
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new ConstraintException($"The schema is not JSON, or nested too deep: {exception.Message}", isInvalid: true);
        }
    }
}
