using System.Text;

using CascadeLocal.Calibration.Labels;
using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;

namespace CascadeLocal.Calibration.Capture;

/// <summary>Keeps all that an answer gives: its text, its times and the signals of its tokens.</summary>
internal sealed class AnswerRecorder
{
    private readonly StringBuilder _text = new();
    private readonly List<float> _logProbabilities = [];
    private readonly List<float> _entropies = [];
    private readonly List<float> _margins = [];
    private readonly List<int> _ends = [];

    /// <summary>Reads an answer to its end. The label is not graded yet.</summary>
    /// <exception cref="EngineException">The answer failed or was cut off.</exception>
    public static async Task<LabelRow> ReadAsync(
        IMemberGeneration generation, GradedQuery question, string member, int run, CancellationToken cancellationToken)
    {
        AnswerRecorder recorder = new();
        await foreach (GenerationChunk chunk in generation.ReadAllAsync(cancellationToken))
            recorder.Add(chunk);
        return recorder.ToRow(generation.Result, question, member, run);
    }

    private void Add(GenerationChunk chunk)
    {
        _text.Append(chunk.Text);
        _ends.Add(_text.Length);
        _logProbabilities.Add(chunk.Signals.LogProbability);
        _entropies.Add(chunk.Signals.Entropy);
        _margins.Add(chunk.Signals.Margin);
    }

    private LabelRow ToRow(GenerationResult result, GradedQuery question, string member, int run) => new()
    {
        Id = question.Query.Id,
        Prompt = question.Query.Prompt,
        Model = member,
        Correct = 0,
        GradedBy = question.GradedBy,
        Run = run,
        Task = question.Query.Task,
        Output = _text.ToString(),
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
        TokenLogprobs = [.. _logProbabilities],
        TokenEntropies = [.. _entropies],
        TokenMargins = [.. _margins],
        TokenEnds = [.. _ends],
    };

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 4);
}
