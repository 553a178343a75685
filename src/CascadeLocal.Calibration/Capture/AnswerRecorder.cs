using CascadeLocal.Calibration.Grading;
using CascadeLocal.Calibration.Labels;

namespace CascadeLocal.Calibration.Capture;

/// <summary>Keeps all that an answer gives: its text, its times and the signals of its tokens.</summary>
internal sealed class AnswerRecorder
{
    private readonly List<float> _logProbabilities = [];
    private readonly List<float> _entropies = [];
    private readonly List<float> _margins = [];
    private readonly List<int> _ends = [];

    /// <summary>Reads an answer to its end. The label is not graded yet.</summary>
    /// <exception cref="MemberException">The answer failed or was cut off.</exception>
    public static async Task<LabelRow> ReadAsync(
        IAnswer answer, GradedQuery question, string member, int run, CancellationToken cancellationToken)
    {
        AnswerRecorder recorder = new();
        GenerationResult? result = null;
        await foreach (AnswerEvent next in answer.ReadAllAsync(cancellationToken))
        {
            if (next.IsToken)
                recorder.Add(next);
            else
                result = next.Failure is { } failure ? throw failure : next.Result;
        }

        return recorder.ToRow(result!, answer.Text.ToString(), question, member, run);
    }

    private void Add(AnswerEvent token)
    {
        _ends.Add(token.Text.End.Value);
        if (token.Signals is not { } signals)
            return;
        _logProbabilities.Add(signals.LogProbability);
        _entropies.Add(signals.Entropy);
        _margins.Add(signals.Margin);
    }

    // What a member tells of every token; nothing where it left one out, or does not tell this signal.
    private float[]? Whole(List<float> signal) =>
        signal.Count == _ends.Count && !signal.Exists(float.IsNaN) ? [.. signal] : null;

    private LabelRow ToRow(GenerationResult result, string output, GradedQuery question, string member, int run) => new()
    {
        Id = question.Query.Id,
        Prompt = question.Query.Prompt,
        Model = member,
        Correct = 0,
        GradedBy = question.GradedBy,
        Kind = question.Query.Request.Kind,
        Run = run,
        Task = question.Query.Task,
        Output = output,
        FinishReason = result.FinishReason switch
        {
            FinishReason.Stop => "stop",
            FinishReason.Length => "length",
            _ => throw new EngineException("the answer was cancelled."),
        },
        PromptTokens = result.PromptTokens,
        OutputTokens = result.OutputTokens,
        TtftMs = Milliseconds(result.TimeToFirstToken),
        TpotMs = result.TimePerOutputToken is { } time ? Milliseconds(time) : null,
        E2elMs = Milliseconds(result.EndToEnd),
        TokenLogprobs = Whole(_logProbabilities),
        TokenEntropies = Whole(_entropies),
        TokenMargins = Whole(_margins),
        TokenEnds = [.. _ends],
    };

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 4);
}
