using CascadeLocal.Constraints.Automata;
using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Vocabularies;

namespace CascadeLocal.Constraints;

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
    public ReadOnlySpan<ulong> AllowedTokens()
    {
        _stepper.BeginMask();
        return HasEnded ? _none ??= new ulong[_trie.Words] : _masks.Get(_state, ref _stepper);
    }

    private ParserState After(int token)
    {
        _stepper.BeginMask();
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
