using System.Text;

using LLama.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine.Native;

/// <summary>
/// llama.cpp's log, line by line, on a logger. What it says while all is well is of use to developers only, and its
/// warnings are remarks on a model file that a user cannot act on: both go lower than their own level.
/// </summary>
internal sealed class NativeLog(ILogger logger)
{
    [ThreadStatic]
    private static Recording? _recording;

    private readonly Lock _gate = new();
    private readonly StringBuilder _line = new();
    private LLamaLogLevel _level;

    /// <summary>
    /// Keeps what llama.cpp says on this thread until the recording is disposed of. A call that fails returns nothing but
    /// that it failed; why is in its log alone.
    /// </summary>
    public static Recording Record() => _recording = new Recording(_recording);

    /// <summary>Takes a piece of text, which may be a part of a line; the line is written when it is complete.</summary>
    public void Write(LLamaLogLevel level, string text)
    {
        lock (_gate)
        {
            if (level != LLamaLogLevel.Continue)
            {
                Flush();
                _level = level;
            }

            _line.Append(text);
            if (text.EndsWith('\n'))
                Flush();
        }
    }

    private void Flush()
    {
        string line = _line.ToString().TrimEnd();
        _line.Clear();
        // llama.cpp prints a row of dots while it loads.
        if (line.AsSpan().Trim('.').IsEmpty)
            return;

        LogLevel level = _level switch
        {
            LLamaLogLevel.Error => LogLevel.Error,
            LLamaLogLevel.Warning => LogLevel.Information,
            _ => LogLevel.Debug,
        };
        _recording?.Add(_level, line);
        logger.Log(level, "llama.cpp: {Line}", line);
    }

    /// <summary>The lines of one call; those of a recording within it are its own too.</summary>
    public sealed class Recording(Recording? outer) : IDisposable
    {
        // A line may quote a string of the file, and the reason travels as far as an HTTP answer.
        private const int LongestReason = 300;

        private readonly List<string> _lines = [];
        private string? _firstError;

        /// <summary>All lines.</summary>
        public IReadOnlyList<string> Lines => _lines;

        /// <summary>The first error without the name of the function that reports it; null where there was none.</summary>
        public string? Reason
        {
            get
            {
                if (_firstError is null)
                    return null;
                string reason = _firstError[(_firstError.IndexOf(": ", StringComparison.Ordinal) is var end and >= 0 ? end + 2 : 0)..];
                const string Loading = "error loading model: ";
                if (reason.StartsWith(Loading, StringComparison.Ordinal))
                    reason = reason[Loading.Length..];
                reason = string.Concat(reason.Select(c => char.IsControl(c) ? '?' : c));
                return reason.Length <= LongestReason ? reason : string.Concat(reason.AsSpan(0, LongestReason), "...");
            }
        }

        /// <inheritdoc/>
        public void Dispose() => _recording = outer;

        internal void Add(LLamaLogLevel level, string line)
        {
            outer?.Add(level, line);
            _lines.Add(line);
            if (level == LLamaLogLevel.Error)
                _firstError ??= line;
        }
    }
}
