using CascadeLocal.Engine.Native;

using LLama.Native;

using Microsoft.Extensions.Logging;

using Xunit;

namespace CascadeLocal.Engine.Tests.Native;

/// <summary>How llama.cpp's pieces of text become log lines.</summary>
public sealed class NativeLogTests
{
    private readonly RecordingLogger _logger = new();

    [Theory]
    [InlineData(LLamaLogLevel.Error, LogLevel.Error)]
    [InlineData(LLamaLogLevel.Warning, LogLevel.Information)]
    [InlineData(LLamaLogLevel.Info, LogLevel.Debug)]
    [InlineData(LLamaLogLevel.Debug, LogLevel.Debug)]
    public void Errors_keep_their_level_and_all_else_goes_lower(LLamaLogLevel native, LogLevel expected)
    {
        new NativeLog(_logger).Write(native, "text\n");

        Assert.Equal([(expected, "llama.cpp: text")], _logger.Lines);
    }

    [Fact]
    public void Pieces_of_one_line_are_joined_at_the_first_one_s_level()
    {
        NativeLog log = new(_logger);
        log.Write(LLamaLogLevel.Error, "a ");
        log.Write(LLamaLogLevel.Continue, "b ");
        Assert.Empty(_logger.Lines);
        log.Write(LLamaLogLevel.Continue, "c\n");

        Assert.Equal([(LogLevel.Error, "llama.cpp: a b c")], _logger.Lines);
    }

    [Fact]
    public void A_new_message_ends_an_unfinished_line()
    {
        NativeLog log = new(_logger);
        log.Write(LLamaLogLevel.Error, "unfinished");
        log.Write(LLamaLogLevel.Info, "next\n");

        Assert.Equal([(LogLevel.Error, "llama.cpp: unfinished"), (LogLevel.Debug, "llama.cpp: next")], _logger.Lines);
    }

    [Fact]
    public void Progress_dots_and_empty_lines_are_dropped()
    {
        NativeLog log = new(_logger);
        log.Write(LLamaLogLevel.Info, "....");
        log.Write(LLamaLogLevel.Continue, "..\n");
        log.Write(LLamaLogLevel.Info, "\n");

        Assert.Empty(_logger.Lines);
    }

    [Fact]
    public void A_recording_holds_the_lines_of_its_thread_and_of_recordings_within_it()
    {
        NativeLog log = new(_logger);
        using NativeLog.Recording outer = NativeLog.Record();
        log.Write(LLamaLogLevel.Info, "one\n");
        using (NativeLog.Recording inner = NativeLog.Record())
        {
            log.Write(LLamaLogLevel.Error, "llama_model_load: error loading model: it is blue\n");
            log.Write(LLamaLogLevel.Error, "load: failed\n");
            Thread other = new(() => log.Write(LLamaLogLevel.Error, "elsewhere: another\n"));
            other.Start();
            other.Join();
            Assert.Equal("it is blue", inner.Reason);
            Assert.Equal(2, inner.Lines.Count);
        }

        log.Write(LLamaLogLevel.Info, "three\n");
        Assert.Equal(4, outer.Lines.Count);
        Assert.Equal("it is blue", outer.Reason);
    }

    private sealed class RecordingLogger : ILogger
    {
        public List<(LogLevel Level, string Text)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add((logLevel, formatter(state, exception)));
    }
}
