using CascadeLocal.Constraints.Automata;
using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Vocabularies;

/// <summary>Moves from state to state, and pays for it.</summary>
internal interface IStepper
{
    /// <summary>Where a byte leads.</summary>
    ParserState Step(ParserState state, byte value);

    /// <summary>Pays for work that is no step.</summary>
    void Spend(long steps);
}

/// <summary>Finds out what plain text leads to, which spares a walk over all tokens that are plain text.</summary>
internal static class TextRuns
{
    /// <summary>Characters that most forms of text take alike, in whatever way they are counted: no marks, and none beyond U+FFFF.</summary>
    public static CharacterSet Plain { get; } = CharacterSet.Of(
        (0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x2FF), (0x370, 0x377), (0x37A, 0x37F), (0x384, 0x482), (0x48A, 0x52F), (0x5D0, 0x5EA), (0x620, 0x64A),
        (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20BF), (0x2190, 0x23FF), (0x2500, 0x27BF), (0x3001, 0x3029),
        (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF01, 0xFF60)).Except(CharacterSet.OfCharacters("\"\\"));

    private static readonly byte[] PlainBytes =
        [.. Enumerable.Range(0, 0x80).Where(Plain.Contains).Select(value => (byte)value)];

    private static readonly CharacterSet Wide = CharacterSet.Of((0x80, 0x10FFFF));
    private static readonly List<ByteSequence> PlainSequences = Utf8Edges.Of(Plain.Intersect(Wide));
    private static readonly List<ByteSequence> WideSequences = Utf8Edges.Of(Wide);

    /// <summary>
    /// How many plain characters can follow whatever they are, and no more than that; counted up to the longest that tokens are told
    /// apart by. -1 where they are not alike.
    /// </summary>
    public static int Characters<T>(ParserState state, ref T stepper)
        where T : struct, IStepper
    {
        for (int characters = 0; characters < TokenTrie.PlainCharacters; characters++)
        {
            PlainStep step = state.Plain ??= PlainOf(state, ref stepper);
            if (step.Next is null)
                return step.IsNone ? characters : -1;
            if (step.Next == state)
                break;
            state = step.Next;
        }

        return TokenTrie.PlainCharacters;
    }

    /// <summary>The groups of characters that lead from a state back to it, as bits of <see cref="TextGroups"/>.</summary>
    public static int Loops<T>(ParserState state, ref T stepper)
        where T : struct, IStepper
    {
        if (state.Loops >= 0)
            return state.Loops;
        int broken = 0;
        for (int character = 0; character < 0x80; character++)
        {
            if (stepper.Step(state, (byte)character) != state)
                broken |= TextGroups.Narrow[character];
        }

        if (!AllLeadTo(state, WideSequences, state, ref stepper))
            broken |= TextGroups.Wide;
        return state.Loops = ((1 << 13) - 1) & ~broken;
    }

    private static PlainStep PlainOf<T>(ParserState state, ref T stepper)
        where T : struct, IStepper
    {
        ParserState next = stepper.Step(state, PlainBytes[0]);
        foreach (byte value in PlainBytes)
        {
            if (stepper.Step(state, value) != next)
                return new(null, false);
        }

        bool isSame = AllLeadTo(state, PlainSequences, next, ref stepper);
        return next == ParserState.Dead ? new(null, isSame) : new(isSame ? next : null, false);
    }

    private static bool AllLeadTo<T>(ParserState state, List<ByteSequence> sequences, ParserState target, ref T stepper)
        where T : struct, IStepper
    {
        HashSet<(ParserState, ByteSequence)> seen = [];
        foreach (ByteSequence sequence in sequences)
        {
            if (!LeadsTo(state, sequence, target, seen, ref stepper))
                return false;
        }

        return true;
    }

    private static bool LeadsTo<T>(
        ParserState state, ByteSequence sequence, ParserState target, HashSet<(ParserState, ByteSequence)> seen, ref T stepper)
        where T : struct, IStepper
    {
        if (state == ParserState.Dead || sequence.Length == 0)
            return state == target;
        if (!seen.Add((state, sequence)))
            return true;
        (byte first, byte last) = sequence[0];
        for (int value = first; value <= last; value++)
        {
            if (!LeadsTo(stepper.Step(state, (byte)value), sequence.Rest, target, seen, ref stepper))
                return false;
        }

        return true;
    }
}
