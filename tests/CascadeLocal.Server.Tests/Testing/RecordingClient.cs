using System.Text;

using CascadeLocal.Cascade.Requests;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>A client without a connection: it keeps what it is shown.</summary>
internal sealed class RecordingClient(GenerationRequest request) : IClient
{
    private readonly StringBuilder _shown = new();

    /// <summary>Called when it is told who answers.</summary>
    public Func<CancellationToken, Task> Beginning { get; init; } = _ => Task.CompletedTask;

    /// <summary>Called with every piece of text.</summary>
    public Action<string> Showing { get; init; } = _ => { };

    /// <summary>The text that it was shown while it came.</summary>
    public string Shown => _shown.ToString();

    /// <summary>How it went; null where nothing was delivered.</summary>
    public CascadeOutcome? Outcome { get; private set; }

    /// <summary>The text that was delivered.</summary>
    public string? Answer { get; private set; }

    public ValueTask<GenerationRequest> ReadAsync(CancellationToken cancellationToken) => new(request);

    public async ValueTask BeginAsync(CascadeDecision decision, CancellationToken cancellationToken) => await Beginning(cancellationToken);

    public void Show(string member, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup)
    {
        Showing(text.ToString());
        _shown.Append(text);
    }

    public ValueTask<bool> WaitAsync(ValueTask<bool> next, CancellationToken cancellationToken) => next;

    public ValueTask EndAsync(CascadeOutcome outcome, IReadOnlyList<DeliveredAnswer> answers, CancellationToken cancellationToken)
    {
        (Outcome, Answer) = (outcome, answers[0].Text);
        return ValueTask.CompletedTask;
    }
}
