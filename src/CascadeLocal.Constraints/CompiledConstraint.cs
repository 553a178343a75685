using System.Runtime.CompilerServices;

using CascadeLocal.Constraints.Automata;
using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Vocabularies;

namespace CascadeLocal.Constraints;

/// <summary>
/// A form that answers must have, ready to be followed byte by byte. What its sequences find out is kept for all of them, up to a
/// bound. Immutable to those who use it, and thread-safe.
/// </summary>
public sealed class CompiledConstraint
{
    private readonly Automaton _automaton;
    private readonly ConditionalWeakTable<TokenTrie, MaskCache> _masks = [];
    private StateTable _table;

    internal CompiledConstraint(Automaton automaton, ConstraintLimits limits, long compileSteps)
    {
        _automaton = automaton;
        Limits = limits;
        CompileSteps = compileSteps;
        _table = new(automaton, limits);
    }

    /// <summary>How many states the automaton has.</summary>
    public int StateCount => _automaton.Kinds.Length;

    /// <summary>What compiling it took, in the steps that <see cref="ConstraintLimits.CompileSteps"/> bounds.</summary>
    public long CompileSteps { get; }

    /// <summary>About how many bytes it takes now, with what its sequences have found out; for caches.</summary>
    public long ApproximateBytes => _automaton.Bytes + Volatile.Read(ref _table).Bytes + _masks.Sum(masks => masks.Value.Bytes);

    internal ConstraintLimits Limits { get; }

    internal ParserState Start => Volatile.Read(ref _table).Start;

    internal byte[] ClassOf => _automaton.ClassOf;

    /// <summary>Whether a text is complete.</summary>
    /// <param name="text">In UTF-8.</param>
    /// <exception cref="ConstraintBudgetException">It takes too much work.</exception>
    public bool Accepts(ReadOnlySpan<byte> text) => Follow(text).Accepts;

    /// <summary>Whether a text can be gone on with to a complete one, or is one.</summary>
    /// <param name="text">In UTF-8; its last character may be cut.</param>
    /// <exception cref="ConstraintBudgetException">It takes too much work.</exception>
    public bool AcceptsPrefix(ReadOnlySpan<byte> text) => Follow(text) != ParserState.Dead;

    internal MaskCache MasksOf(TokenTrie trie) => _masks.GetValue(trie, key => new(key, Limits.MaskBytes));

    /// <summary>Where a byte leads that was never taken from a state before.</summary>
    internal ParserState StepAnew(ParserState state, byte value, ref long steps)
    {
        StateTable table = Volatile.Read(ref _table);
        if (table.IsFull)
        {
            // Whoever holds states of the old table keeps them; they lead on into the new one.
            StateTable empty = new(_automaton, Limits, table.Generation + 1);
            StateTable current = Interlocked.CompareExchange(ref _table, empty, table);
            table = current == table ? empty : current;
        }

        return table.Step(state, _automaton.ClassOf[value], ref steps);
    }

    private ParserState Follow(ReadOnlySpan<byte> text)
    {
        Stepper stepper = new(this, Limits.RuntimeSteps);
        ParserState state = Start;
        foreach (byte value in text)
            state = stepper.Step(state, value);
        return state;
    }
}

/// <summary>Moves from state to state of a constraint, and stops where a sequence has used up its work, or a token that of a token.</summary>
internal struct Stepper(CompiledConstraint constraint, long stepsLeft) : IStepper
{
    private readonly byte[] _classOf = constraint.ClassOf;
    private long _maskLeft = stepsLeft;

    public long StepsLeft { get; private set; } = stepsLeft;

    /// <summary>From here on it is another mask, or another token.</summary>
    public void BeginMask() => _maskLeft = constraint.Limits.MaskSteps;

    public ParserState Step(ParserState state, byte value) =>
        state.Next(_classOf[value]) ?? (state == ParserState.Dead ? state : Anew(state, value));

    private ParserState Anew(ParserState state, byte value)
    {
        long steps = 0;
        ParserState next = constraint.StepAnew(state, value, ref steps);
        Spend(steps);
        return next;
    }

    public void Spend(long steps)
    {
        StepsLeft -= steps;
        _maskLeft -= steps;
        if (StepsLeft < 0)
            throw new ConstraintBudgetException($"The answer takes more than {constraint.Limits.RuntimeSteps} steps to follow its grammar.");
        if (_maskLeft < 0)
            throw new ConstraintBudgetException($"A token of the answer takes more than {constraint.Limits.MaskSteps} steps to follow its grammar.");
    }
}
