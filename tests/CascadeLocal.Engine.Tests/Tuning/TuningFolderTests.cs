using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Engine.Tuning;

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Tuning;

/// <summary>Tunings in files, and what they hold for.</summary>
public sealed class TuningFolderTests : IDisposable
{
    private static readonly TuningKey Key = new("0123", "a processor, 2 cores", "1 of the cores");

    private static readonly SavedTuning Tuning = new()
    {
        Key = Key,
        TunedAt = new(2026, 11, 29, 20, 0, 0, TimeSpan.Zero),
        Settings = new() { Threads = 2, ThreadsBatch = 4, FlashAttention = false },
    };

    private static readonly string[] CpuInfo =
        ["processor\t: 0", "model name\t: Some CPU", "cpu MHz\t\t: 2600.1", "flags\t\t: avx2 fma", "", "processor\t: 1", "model name\t: Other"];

    private readonly TempFolder _folder = new();
    private readonly Warnings _warnings = new();

    private TuningFolder Folder => new(Path.Combine(_folder.Path, "tunings"), _warnings);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_saved_is_found_again_and_a_later_one_takes_its_place()
    {
        Assert.Null(Folder.Find(Key));

        Folder.Save(Tuning with { Settings = new() { PrefillBudget = 64 } });
        string file = Folder.Save(Tuning);

        Assert.Equal(Tuning, Folder.Find(Key));
        Assert.Equal(file, Assert.Single(Directory.GetFiles(Path.GetDirectoryName(file)!)));
        Assert.Empty(_warnings.Lines);
    }

    [Theory]
    [InlineData("4567", "a processor, 2 cores", "1 of the cores")]
    [InlineData("0123", "a processor, 4 cores", "1 of the cores")]
    [InlineData("0123", "a processor, 2 cores", "2 of the cores")]
    public void Under_another_key_there_is_none(string model, string machine, string served)
    {
        Folder.Save(Tuning);

        Assert.Null(Folder.Find(new(model, machine, served)));
        Assert.Empty(_warnings.Lines);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"format\": 1}")]
    [InlineData("\0\0\0\0")]
    [InlineData("{\"format\": 1, \"key\": null, \"tuned_at\": \"2026-11-29T20:00:00+00:00\", \"settings\": {}}")]
    [InlineData("{\"format\": 2, KEY, \"tuned_at\": \"2026-11-29T20:00:00+00:00\", \"settings\": {}}", "it is of format 2, not 1")]
    [InlineData("{\"format\": 1, KEY, \"tuned_at\": \"2026-11-29T20:00:00+00:00\", \"settings\": {\"threads\": 0}}", "its threads are no number from 1 to 1024")]
    [InlineData("{\"format\": 1, KEY, \"tuned_at\": \"2026-11-29T20:00:00+00:00\", \"settings\": {\"prefill_budget\": 70000}}", "its prefill budget")]
    [InlineData("{\"format\": 1, KEY, \"tuned_at\": \"2026-11-29T20:00:00+00:00\", \"settings\": {\"kv_type\": \"q4_0\"}}", "kv_type")]
    public void What_is_no_tuning_is_ignored_with_a_warning(string text, string reason = "")
    {
        string key = "\"key\": {\"model\": \"0123\", \"machine\": \"a processor, 2 cores\", \"served\": \"1 of the cores\"}";
        Folder.Save(Tuning);
        File.WriteAllText(Folder.FileOf(Key), text.Replace("KEY", key, StringComparison.Ordinal));

        Assert.Null(Folder.Find(Key));

        string warning = Assert.Single(_warnings.Lines);
        Assert.StartsWith($"The tuning {Folder.FileOf(Key)} is ignored: ", warning, StringComparison.Ordinal);
        Assert.Contains(reason, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void One_of_another_key_in_its_place_is_ignored_with_a_warning()
    {
        string other = Folder.Save(Tuning with { Key = Key with { Model = "4567" } });
        File.Move(other, Folder.FileOf(Key));

        Assert.Null(Folder.Find(Key));
        Assert.Contains("another model or machine", Assert.Single(_warnings.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_its_place_is_ignored_with_a_warning()
    {
        Directory.CreateDirectory(Folder.FileOf(Key));

        Assert.Null(Folder.Find(Key));
        Assert.Contains("a folder", Assert.Single(_warnings.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_tells_how_a_model_is_served_from_other_ways()
    {
        ModelOptions options = new() { Path = "a.gguf" };
        TuningKey Of(ModelOptions changed, int share = 2) => TuningKey.Of("0123", changed, share, NullLogger.Instance);
        TuningKey key = Of(options);

        Assert.NotEqual(key, Of(options, share: 3));
        Assert.NotEqual(key, Of(options with { KvType = KvType.Q8 }));
        Assert.NotEqual(key, Of(options with { KvLayout = KvLayout.Unified }));
        // What is tuned, or may be set over a tuning, is no part of it.
        Assert.Equal(key, Of(options with { Threads = 1, ThreadsBatch = 1, PrefillBudget = 1, FlashAttention = true, ContextLength = 256 }));
    }

    [Fact]
    public void A_machine_is_told_by_its_first_processor_its_cores_and_its_library()
    {
        static string Machine(string[] lines, int cores = 2, string backend = "cpu (avx2)", long bytes = 7) =>
            TuningKey.DescribeMachine(lines, cores, backend, bytes);
        string machine = Machine(CpuInfo);

        Assert.Matches(@"^Some CPU \([0-9a-f]{12}\), 2 cores, cpu \(avx2\) of 7 bytes$", machine);
        Assert.Equal(machine, Machine([.. CpuInfo.Select(line => line.Replace("2600.1", "3100.7", StringComparison.Ordinal))]));
        Assert.NotEqual(machine, Machine([.. CpuInfo.Select(line => line.Replace("fma", "fma avx512f", StringComparison.Ordinal))]));
        Assert.NotEqual(machine, Machine(CpuInfo, cores: 4));
        Assert.NotEqual(machine, Machine(CpuInfo, backend: "own build"));
        Assert.NotEqual(machine, Machine(CpuInfo, bytes: 8));
    }

    private sealed class Warnings : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
