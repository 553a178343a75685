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
    private readonly Lock _gate = new();
    private readonly StringBuilder _line = new();
    private LLamaLogLevel _level;

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
        logger.Log(level, "llama.cpp: {Line}", line);
    }
}
