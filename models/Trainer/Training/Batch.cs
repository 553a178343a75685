using CascadeLocal.Trainer.Tokenizer;

namespace CascadeLocal.Trainer.Training;

/// <summary>Rows of like length, padded on the right, with the positions whose next token counts.</summary>
internal sealed class Batch
{
    /// <summary>Lays rows out.</summary>
    public Batch(IReadOnlyList<TokenRow> rows)
    {
        // The last token of a row predicts nothing.
        Rows = rows.Count;
        Width = rows.Max(r => r.Tokens.Count) - 1;
        Tokens = new long[Rows * Width];
        Array.Fill(Tokens, SpecialTokens.EndOfText);
        List<long> positions = [];
        List<long> targets = [];
        List<int> owners = [];
        for (int row = 0; row < rows.Count; row++)
        {
            IReadOnlyList<int> tokens = rows[row].Tokens;
            TokenCount += tokens.Count - 1;
            for (int i = 0; i < tokens.Count - 1; i++)
            {
                Tokens[(row * Width) + i] = tokens[i];
                if (!rows[row].IsAnswer[i + 1])
                    continue;
                positions.Add((row * Width) + i);
                targets.Add(tokens[i + 1]);
                owners.Add(row);
            }
        }

        Positions = [.. positions];
        Targets = [.. targets];
        Owners = [.. owners];
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Tokens per row, padding included.</summary>
    public int Width { get; }

    /// <summary>Tokens without padding.</summary>
    public int TokenCount { get; }

    /// <summary>[rows x width] tokens.</summary>
    public long[] Tokens { get; }

    /// <summary>Places in <see cref="Tokens"/> whose next token is part of an answer.</summary>
    public long[] Positions { get; }

    /// <summary>The right next token at each of <see cref="Positions"/>.</summary>
    public long[] Targets { get; }

    /// <summary>The row that each of <see cref="Positions"/> lies in.</summary>
    public int[] Owners { get; }

    /// <summary>Sorts rows by length and cuts them into batches of at most <paramref name="tokensPerBatch"/> places.</summary>
    public static List<Batch> Cut(IEnumerable<TokenRow> rows, int tokensPerBatch)
    {
        List<Batch> batches = [];
        List<TokenRow> open = [];
        foreach (TokenRow row in rows.OrderBy(r => r.Tokens.Count))
        {
            if (open.Count > 0 && (open.Count + 1) * (row.Tokens.Count - 1) > tokensPerBatch)
            {
                batches.Add(new(open));
                open = [];
            }

            open.Add(row);
        }

        if (open.Count > 0)
            batches.Add(new(open));
        return batches;
    }
}
