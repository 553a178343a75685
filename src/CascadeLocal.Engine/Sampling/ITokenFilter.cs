namespace CascadeLocal.Engine.Sampling;

/// <summary>What tokens the form of an answer allows next. For one sequence and its thread.</summary>
internal interface ITokenFilter
{
    /// <summary>Whether a token may come next; quick.</summary>
    bool Allows(int token);

    /// <summary>All tokens that may come next, one bit for each, the lowest id in the lowest bit. Valid until the next call.</summary>
    ReadOnlySpan<ulong> Allowed { get; }

    /// <summary>A token that is allowed joined the answer.</summary>
    void Accept(int token);
}

/// <summary>Leaves only some tokens of a vocabulary possible.</summary>
internal static class TokenMask
{
    /// <summary>Makes every token impossible whose bit is not set.</summary>
    public static void Apply(Span<float> logits, ReadOnlySpan<ulong> allowed)
    {
        for (int word = 0; word * 64 < logits.Length; word++)
        {
            ulong bits = word < allowed.Length ? allowed[word] : 0;
            if (bits == ulong.MaxValue)
                continue;
            Span<float> block = logits.Slice(word * 64, Math.Min(64, logits.Length - word * 64));
            if (bits == 0)
            {
                block.Fill(float.NegativeInfinity);
                continue;
            }

            for (int i = 0; i < block.Length; i++)
            {
                if ((bits >> i & 1) == 0)
                    block[i] = float.NegativeInfinity;
            }
        }
    }
}
