using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tuning;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Tests.EndToEnd;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Pool;

/// <summary>A saved tuning in a pool: below all that the configuration says, above the defaults.</summary>
public sealed class TunedPoolTests : IDisposable
{
    private static readonly Settings Nothing = new();

    private static readonly TunedSettings Tuned = new() { Threads = 3, ThreadsBatch = 5, PrefillBudget = 64, FlashAttention = false };

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();
    private readonly List<ModelOptions> _loaded = [];

    private string ModelFile => _folder.File("little.gguf");

    private TuningFolder Tunings => new(_folder.File("tunings"), _log);

    public TunedPoolTests() => _folder.WriteModel("little.gguf");

    public void Dispose() => _folder.Dispose();

    private void Save(ModelOptions options, int members = 1) => Tunings.Save(new()
    {
        Key = TuningKey.Of(
            ModelContent.Fingerprint(options), options, ModelOptions.DefaultThreads(Environment.ProcessorCount, members), NullLogger.Instance),
        TunedAt = DateTimeOffset.UtcNow,
        Settings = Tuned,
    });

    private ModelPool PoolOf(IReadOnlyList<MemberOptions> members, TuningFolder? tunings) => new(
        members,
        _log,
        (options, _, _) =>
        {
            _loaded.Add(options.Model!);
            return Task.FromResult<IMember>(new ScriptedMember());
        },
        tunings);

    /// <summary>How the layers have the little model loaded.</summary>
    private async Task<ModelOptions> LoadAsync(Settings file, Settings environment, Settings flags, bool isUsed = true)
    {
        _loaded.Clear();
        using ModelPool pool = PoolOf(OptionsResolver.Resolve(file, environment, flags, [ModelFile]).Members, isUsed ? Tunings : null);
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        return Assert.Single(_loaded);
    }

    private static Settings With(EngineSettings engine) => new() { Engine = engine };

    [Fact]
    public async Task What_nobody_has_set_is_as_it_was_tuned()
    {
        Save(new() { Path = ModelFile });

        ModelOptions loaded = await LoadAsync(Nothing, Nothing, Nothing);

        Assert.Equal((3, 5, 64, false), (loaded.Threads, loaded.ThreadsBatch, loaded.PrefillBudget, loaded.FlashAttention));
        Assert.Contains(
            _log.Lines, line => line.StartsWith("little is served as it was tuned at ", StringComparison.Ordinal)
                && line.EndsWith(": threads 3, threads_batch 5, prefill_budget 64, flash_attention off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Flags_win_over_the_environment_that_over_the_file_and_that_over_the_tuning()
    {
        Save(new() { Path = ModelFile });
        Settings file = With(new() { PrefillBudget = 1 }), environment = With(new() { PrefillBudget = 2 }), flags = With(new() { PrefillBudget = 4 });

        Assert.Equal(4, (await LoadAsync(file, environment, flags)).PrefillBudget);
        Assert.Equal(2, (await LoadAsync(file, environment, Nothing)).PrefillBudget);
        ModelOptions byFile = await LoadAsync(file, Nothing, Nothing);
        Assert.Equal((1, 3, false), (byFile.PrefillBudget, byFile.Threads, byFile.FlashAttention));
        Settings entry = new() { Pool = [new MemberSettings { Path = ModelFile, Engine = new() { PrefillBudget = 8 } }] };
        Assert.Equal(8, (await LoadAsync(entry, Nothing, Nothing)).PrefillBudget);
        Assert.Equal(64, (await LoadAsync(Nothing, Nothing, Nothing)).PrefillBudget);
    }

    [Fact]
    public async Task Threads_that_are_named_are_those_of_all_steps()
    {
        Save(new() { Path = ModelFile });

        ModelOptions threads = await LoadAsync(With(new() { Threads = 2 }), Nothing, Nothing);
        ModelOptions batch = await LoadAsync(With(new() { ThreadsBatch = 2 }), Nothing, Nothing);

        Assert.Equal((2, null, 64), (threads.Threads, threads.ThreadsBatch, threads.PrefillBudget));
        Assert.Equal((3, 2), (batch.Threads, batch.ThreadsBatch));
    }

    [Fact]
    public async Task Flash_attention_that_is_left_to_auto_is_as_it_was_tuned()
    {
        Save(new() { Path = ModelFile });
        Settings on = With(new() { FlashAttention = FlashAttentionRule.On });

        Assert.True((await LoadAsync(on, Nothing, Nothing)).FlashAttention);
        Assert.False((await LoadAsync(on, Nothing, With(new() { FlashAttention = FlashAttentionRule.Auto }))).FlashAttention);
    }

    [Fact]
    public async Task Where_it_is_left_aside_or_of_another_way_to_serve_the_defaults_are_in_force()
    {
        Save(new() { Path = ModelFile });
        int share = ModelOptions.DefaultThreads(Environment.ProcessorCount);

        ModelOptions unused = await LoadAsync(Nothing, Nothing, Nothing, isUsed: false);
        ModelOptions quantised = await LoadAsync(With(new() { KvType = KvType.Q8 }), Nothing, Nothing);

        foreach (ModelOptions loaded in new[] { unused, quantised })
            Assert.Equal((share, null, null, null), (loaded.Threads, loaded.ThreadsBatch, loaded.PrefillBudget, loaded.FlashAttention));
        Assert.DoesNotContain(_log.Lines, line => line.Contains("tuned", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_member_that_comes_later_has_its_own()
    {
        MemberOptions later = new() { Name = "later", Model = new() { Path = ModelFile } };
        Save(later.Model, members: 2);
        using ModelPool pool = PoolOf([TestServer.Member("first")], Tunings);
        await pool.LoadAsync(TestContext.Current.CancellationToken);

        PoolMember added = pool.Add(later);
        await added.Loaded;

        Assert.Equal((3, 64), (_loaded[^1].Threads, _loaded[^1].PrefillBudget));
        Assert.Equal(Tuned, added.Tuning?.Settings);
        Assert.Null(pool.Find("first")!.Tuning);
    }

    [Theory]
    [InlineData(null, null, null, true)]
    [InlineData(false, null, null, false)]
    [InlineData(false, true, null, true)]
    [InlineData(true, true, false, false)]
    public void Whether_tunings_are_used_is_a_setting_like_others(bool? file, bool? environment, bool? flag, bool isUsed)
    {
        Settings ofFile = file is { } said ? SettingsFile.Parse(System.Text.Encoding.UTF8.GetBytes(said ? """{"tune": true}""" : """{"tune": false}"""), "cascade.json") : Nothing;
        Settings ofEnvironment = SettingsText.FromEnvironment(name => name == "CASCADE_TUNE" ? environment?.ToString() : null);

        Assert.Equal(isUsed, OptionsResolver.Resolve(ofFile, ofEnvironment, new() { Tune = flag }, [ModelFile]).UsesTunings);
    }
}
