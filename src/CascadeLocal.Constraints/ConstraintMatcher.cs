using CascadeLocal.Constraints.Automata;
using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Vocabularies;

namespace CascadeLocal.Constraints;

/// <summary>A place in a sequence to come back to. It holds no more than two references.</summary>
public readonly record struct MatcherCheckpoint
{
    internal MatcherCheckpoint(ParserState state, bool hasEnded) => (State, HasEnded) = (state, hasEnded);

    internal ParserState? State { get; }

    internal bool HasEnded { get; }
}

/// <summary>
/// Follows one sequence along a constraint. Where tokens were seen before, by any sequence of the same constraint, it takes nothing
/// but look-ups and no memory. Not thread-safe; several may share the constraint and the vocabulary on any threads.
/// </summary>
public sealed class ConstraintMatcher
{
    private readonly TokenTrie _trie;
    private readonly MaskCache _masks;
    private ulong[]? _none;
    private Stepper _stepper;
    private ParserState _state;

    /// <summary>Begins an empty sequence.</summary>
    /// <param name="constraint">The form that it must have.</param>
    /// <param name="trie">The vocabulary of the model.</param>
    public ConstraintMatcher(CompiledConstraint constraint, TokenTrie trie)
    {
        ArgumentNullException.ThrowIfNull(constraint);
        ArgumentNullException.ThrowIfNull(trie);
        _trie = trie;
        _masks = constraint.MasksOf(trie);
        _stepper = new(constraint, constraint.Limits.RuntimeSteps);
        _state = constraint.Start;
    }

    private ConstraintMatcher(ConstraintMatcher other)
    {
        (_trie, _masks, _none) = (other._trie, other._masks, other._none);
        (_stepper, _state, HasEnded) = (other._stepper, other._state, other.HasEnded);
    }

    /// <summary>Whether the text may end here, so that end tokens are allowed.</summary>
    public bool CanEnd => !HasEnded && _state.Accepts;

    /// <summary>Whether nothing but the end is possible.</summary>
    public bool MustEnd => HasEnded || (_state.Accepts && _state.Items.Length == 0);

    /// <summary>Whether an end token was taken. Nothing is allowed then.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether a token may come next.</summary>
    /// <param name="token">Its id.</param>
    /// <exception cref="ConstraintBudgetException">The sequence takes too much work.</exception>
    public bool Allows(int token)
    {
        if ((uint)token >= (uint)_trie.Count || HasEnded)
            return false;
        return _trie.IsEnd(token) ? _state.Accepts : After(token) != ParserState.Dead;
    }

    /// <summary>Goes on by a token.</summary>
    /// <param name="token">Its id.</param>
    /// <exception cref="InvalidOperationException">It is not allowed here; the sequence stays where it is.</exception>
    /// <exception cref="ConstraintBudgetException">The sequence takes too much work.</exception>
    public void Accept(int token)
    {
        if (!Allows(token))
            throw new InvalidOperationException($"Token {token} is not allowed here.");
        if (_trie.IsEnd(token))
            HasEnded = true;
        else
            _state = After(token);
    }

    /// <summary>
    /// The tokens that may come next, a bit each: token t is bit t % 64 of word t / 64. Valid for good, and shared: nobody may write
    /// into it.
    /// </summary>
    /// <exception cref="ConstraintBudgetException">The sequence takes too much work.</exception>
    public ReadOnlySpan<ulong> AllowedTokens() => HasEnded ? _none ??= new ulong[_trie.Words] : _masks.Get(_state, ref _stepper);

    /// <summary>Another sequence that goes on from here. What work is left to this one, each of them has.</summary>
    public ConstraintMatcher Clone() => new(this);

    /// <summary>This place, to come back to.</summary>
    public MatcherCheckpoint Checkpoint() => new(_state, HasEnded);

    /// <summary>Goes back, or forth, to a place of a sequence of the same constraint.</summary>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave.</param>
    public void Restore(MatcherCheckpoint checkpoint)
    {
        _state = checkpoint.State ?? throw new ArgumentException("The place was not taken from a sequence.", nameof(checkpoint));
        HasEnded = checkpoint.HasEnded;
    }

    private ParserState After(int token)
    {
        ReadOnlySpan<byte> piece = _trie.Pieces(token).Span;
        ParserState state = piece.Length == 0 ? ParserState.Dead : _state;
        foreach (byte value in piece)
        {
            state = _stepper.Step(state, value);
            if (state == ParserState.Dead)
                break;
        }

        return state;
    }
}
