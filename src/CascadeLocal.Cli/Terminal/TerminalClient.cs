using System.Text;

using CascadeLocal.Cascade.Requests;

namespace CascadeLocal.Cli.Terminal;

/// <summary>One question whose answer is written to standard output as it comes.</summary>
internal sealed class TerminalClient(GenerationRequest request) : IClient, IAsyncDisposable
{
    private readonly StreamWriter _output = TerminalText.Output();
    private readonly StringBuilder _shown = new();

    /// <summary>How it went; null before its end.</summary>
    public CascadeOutcome? Outcome { get; private set; }

    /// <summary>The answer, as far as it has come.</summary>
    public string Answer => _shown.ToString();

    /// <inheritdoc/>
    public ValueTask<GenerationRequest> ReadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(request);

    /// <inheritdoc/>
    public ValueTask BeginAsync(CascadeDecision decision, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public void Show(string member, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup)
    {
        _shown.Append(text);
        _output.Write(text);
        _output.Flush();
    }

    /// <inheritdoc/>
    public ValueTask<bool> WaitAsync(ValueTask<bool> next, CancellationToken cancellationToken) => next;

    /// <inheritdoc/>
    public async ValueTask EndAsync(CascadeOutcome outcome, IReadOnlyList<DeliveredAnswer> answers, CancellationToken cancellationToken)
    {
        Outcome = outcome;
        await _output.WriteLineAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _output.DisposeAsync();
}

/// <summary>Standard input and output as UTF-8: the terminal's encoding follows the locale, and in a bare container that is ASCII.</summary>
internal static class TerminalText
{
    /// <summary>Lines of standard input.</summary>
    public static TextReader Input() => new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));

    /// <summary>A writer to standard output.</summary>
    public static StreamWriter Output() => new(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true };
}
