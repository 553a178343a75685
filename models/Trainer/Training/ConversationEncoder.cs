using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Tokenizer;

namespace CascadeLocal.Trainer.Training;

/// <summary>Encodes conversations in ChatML, the form that the GGUF's chat template gives them.</summary>
internal sealed class ConversationEncoder(BytePairTokenizer tokenizer)
{
    private const string Assistant = "assistant";

    private static readonly int LineEnd = BytePairTokenizer.ByteToken((byte)'\n');

    /// <summary>Encodes a conversation.</summary>
    /// <param name="turns">Its turns.</param>
    /// <param name="onlyLastAnswer">Whether earlier answers are context without a loss.</param>
    public TokenRow Encode(IReadOnlyList<ChatTurn> turns, bool onlyLastAnswer = false)
    {
        List<int> tokens = [];
        List<bool> isAnswer = [];
        for (int i = 0; i < turns.Count; i++)
        {
            if (i > 0)
                tokens.Add(LineEnd);
            tokens.Add(SpecialTokens.TurnStart);
            tokenizer.Encode(turns[i].Role, tokens);
            tokens.Add(LineEnd);
            Extend(isAnswer, tokens.Count, value: false);

            tokenizer.Encode(turns[i].Content, tokens);
            tokens.Add(SpecialTokens.TurnEnd);
            bool counts = turns[i].Role == Assistant && (!onlyLastAnswer || i == turns.Count - 1);
            Extend(isAnswer, tokens.Count, counts);
        }

        return new(tokens, isAnswer);
    }

    /// <summary>Joins conversations into one row, as turns of one long conversation.</summary>
    public static TokenRow Join(TokenRow first, TokenRow second) => new(
        [.. first.Tokens, LineEnd, .. second.Tokens],
        [.. first.IsAnswer, false, .. second.IsAnswer]);

    private static void Extend(List<bool> flags, int count, bool value)
    {
        while (flags.Count < count)
            flags.Add(value);
    }
}
