using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Tokenizer;
using CascadeLocal.Trainer.Training;

using TorchSharp;

using static TorchSharp.torch;

namespace CascadeLocal.Trainer.Evaluation;

/// <summary>
/// Judges a model in training. An answer is right if, given the right answer so far, every next token is the most likely
/// one: that is when greedy decoding gives the right answer, found in one pass.
/// </summary>
internal static class TeacherForcedJudge
{
    private const int TokensPerBatch = 4096;

    /// <summary>Which questions the model answers exactly right.</summary>
    public static bool[] Judge(
        LlamaModel model, BytePairTokenizer tokenizer, IReadOnlyList<TaskExample> questions, SafePoint safePoint)
    {
        ConversationEncoder encoder = new(tokenizer);
        TokenRow[] rows = [.. questions.Select(q => encoder.Encode(q.Turns, onlyLastAnswer: true))];
        int[] order = [.. Enumerable.Range(0, rows.Length).OrderBy(i => rows[i].Tokens.Count)];
        bool[] isRight = new bool[rows.Length];
        for (int at = 0; at < order.Length;)
        {
            int end = at + 1;
            while (end < order.Length && (end + 1 - at) * rows[order[end]].Tokens.Count <= TokensPerBatch)
                end++;
            JudgeBatch(model, rows, order.AsSpan(at, end - at), isRight);
            at = end;
            safePoint.Pass();
        }

        return isRight;
    }

    private static void JudgeBatch(LlamaModel model, TokenRow[] rows, ReadOnlySpan<int> members, bool[] isRight)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<TokenRow> chosen = [];
        foreach (int member in members)
        {
            chosen.Add(rows[member]);
            isRight[member] = true;
        }

        Batch batch = new(chosen);
        Tensor logits = model.Logits(
            tensor(batch.Tokens, batch.Rows, batch.Width), tensor(batch.Positions), ScalarType.BFloat16);
        long[] best = logits.argmax(1).data<long>().ToArray();
        for (int i = 0; i < best.Length; i++)
            isRight[members[batch.Owners[i]]] &= best[i] == batch.Targets[i];
    }
}
