using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Engine;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Engine.Tests.Scheduling;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Prefixes;

/// <summary>A prefix outlives the process that evaluated it.</summary>
public sealed class PrefixFolderTests : IDisposable
{
    private const string Model = "fingerprint f16 streams";

    private readonly TempFolder _folder = new();
    private readonly Recorder _log = new();

    private string Path => System.IO.Path.Combine(_folder.Path, "prefixes");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_next_process_goes_on_from_what_idle_sequences_and_the_store_held()
    {
        Run(ask =>
        {
            ask(SchedulerHarness.Prompt(100, 1), "");
            ask(SchedulerHarness.Prompt(100, 2), "");
            ask(SchedulerHarness.Prompt(100, 3), "");
        });

        Run(ask =>
        {
            for (int seed = 1; seed <= 3; seed++)
                Assert.Equal(99, ask(SchedulerHarness.Prompt(100, seed), "").CachedTokens);
        });
    }

    [Fact]
    public void What_was_there_stays_from_run_to_run_and_what_goes_further_takes_its_place()
    {
        int[] prompt = SchedulerHarness.Prompt(100, 1);
        Run(ask => ask(prompt, ""));
        Run(ask => ask(SchedulerHarness.Prompt(60, 2), ""));
        int[] longer = [.. prompt, .. SchedulerHarness.Prompt(50, 3)];
        Run(ask => Assert.InRange(ask(longer, "").CachedTokens, 99, 100));

        Run(ask => Assert.Equal(longer.Length - 1, ask(longer, "").CachedTokens));
        Assert.Equal(2, Files().Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Members_on_one_file_leave_each_other_what_they_wrote(int firstToGo)
    {
        Run(ask => ask(SchedulerHarness.Prompt(100, 1), ""));
        using (PrefixFolder folder = new(Path, _log))
        using (PrefixStore store = new(1 << 20, folder))
        {
            SchedulerHarness[] members = [.. Enumerable.Range(0, 2).Select(_ => new SchedulerHarness(parallel: 2, store: store, onDiskAs: Model))];
            members[0].Add(SchedulerHarness.Prompt(100, 2), 1, ignoreEnd: true);
            members[0].RunToEnd();
            foreach (SchedulerHarness member in (SchedulerHarness[])[members[firstToGo], members[1 - firstToGo]])
            {
                member.Scheduler.KeepPrefixes();
                member.Dispose();
            }
        }

        Run(ask =>
        {
            foreach (int seed in (int[])[1, 2])
                Assert.Equal(99, ask(SchedulerHarness.Prompt(100, seed), "").CachedTokens);
        });
    }

    [Theory]
    [InlineData("other fingerprint f16 streams", "")]
    [InlineData(Model, "another key")]
    public void Nobody_else_gets_it(string model, string salt)
    {
        Run(ask => ask(SchedulerHarness.Prompt(100, 1), "one key"));

        Run(ask => Assert.Equal(0, ask(SchedulerHarness.Prompt(100, 1), salt).CachedTokens), model);
    }

    [Fact]
    public void A_file_of_another_model_in_its_place_is_not_used()
    {
        Run(ask => ask(SchedulerHarness.Prompt(100, 1), ""));
        Run(ask => ask(SchedulerHarness.Prompt(100, 2), ""), "other");
        string[] files = Files();
        string own = files.Single(file => System.IO.Path.GetDirectoryName(file) != System.IO.Path.GetDirectoryName(files[0]));
        File.Copy(own, files[0], overwrite: true);

        foreach (string model in new[] { Model, "other" })
            Run(ask => Assert.InRange(ask(SchedulerHarness.Prompt(100, 1), "").CachedTokens, 0, 99), model);
        Assert.Contains(_log.Lines, line => line.Contains("it is of another model", StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_file_is_deleted_and_its_prefix_evaluated()
    {
        Run(ask => ask(SchedulerHarness.Prompt(40, 1), ""));
        byte[] whole = File.ReadAllBytes(Files().Single());
        for (int at = 0; at < whole.Length; at += 7)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            AssertNotUsed(damaged);
        }

        for (int length = 0; length < whole.Length; length += 13)
            AssertNotUsed(whole[..length]);
        AssertNotUsed([.. whole, 0]);

        void AssertNotUsed(byte[] content)
        {
            string path = System.IO.Path.Combine(Folder(), "damaged.prefix");
            foreach (string file in Files())
                File.Delete(file);
            File.WriteAllBytes(path, content);
            Run(ask =>
            {
                Assert.False(File.Exists(path));
                Assert.Equal(0, ask(SchedulerHarness.Prompt(40, 1), "").CachedTokens);
            });
        }
    }

    [Fact]
    public void One_that_does_not_fit_into_the_context_is_not_used()
    {
        Run(ask => ask(SchedulerHarness.Prompt(200, 1), ""));

        Run(ask => Assert.Equal(0, ask(SchedulerHarness.Prompt(60, 1), "").CachedTokens), contextLength: 128);
    }

    [Fact]
    public void On_disk_is_no_more_than_in_memory_and_what_was_used_longest_ago_goes()
    {
        for (int seed = 0; seed < 6; seed++)
        {
            Run(ask => ask(SchedulerHarness.Prompt(100, seed), ""), seed < 2 ? "old" : Model, capacity: 2000);
            Assert.InRange(Files().Sum(file => new FileInfo(file).Length), 1, 2000);
        }

        Run(ask => Assert.Equal(99, ask(SchedulerHarness.Prompt(100, 5), "").CachedTokens), capacity: 2000);
        Run(ask => Assert.Equal(0, ask(SchedulerHarness.Prompt(100, 0), "").CachedTokens), "old", capacity: 2000);
    }

    [Fact]
    public void What_a_write_left_half_done_is_removed_with_the_next()
    {
        Run(ask => ask(SchedulerHarness.Prompt(100, 1), ""));
        string left = System.IO.Path.Combine(Folder(), "a.prefix.unfinished");
        File.WriteAllText(left, "half");

        Run(ask => Assert.Equal(99, ask(SchedulerHarness.Prompt(100, 1), "").CachedTokens));

        Assert.False(File.Exists(left));
        Assert.Single(Files());
    }

    [Fact]
    public void Where_nothing_can_be_written_the_model_is_unloaded_all_the_same()
    {
        Run(ask =>
        {
            ask(SchedulerHarness.Prompt(100, 1), "");
            Directory.CreateDirectory(Path);
            // A file where the model's folder should be.
            File.WriteAllText(System.IO.Path.Combine(Path, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("fingerprint f16 streams"u8))[..32]), "");
        });

        Assert.Empty(Files());
        Assert.Contains(_log.Lines, line => line.Contains("cannot be kept or used", StringComparison.Ordinal));
    }

    [Fact]
    public void It_belongs_to_one_process_at_a_time_and_to_its_owner()
    {
        using PrefixFolder folder = new(Path, _log);

        PrefixFolderException error = Assert.Throws<PrefixFolderException>(() => new PrefixFolder(Path, _log));

        Assert.Contains("another process has it", error.Message, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void A_path_that_is_no_folder_is_refused()
    {
        File.WriteAllText(Path, "");

        Assert.Throws<PrefixFolderException>(() => new PrefixFolder(Path, _log));
    }

    [Fact]
    public async Task A_real_model_that_is_loaded_again_answers_the_same_from_it()
    {
        ModelOptions options = new()
        {
            Path = TestModel.Path(TestModel.Random, _folder), Fingerprint = "random", Threads = 1, Parallel = 2, ContextLength = 512, Sampling = TestModel.Greedy,
        };
        GenerationRequest request = new() { Prompt = Enumerable.Range(0, 300).Select(i => 20 + (i * 7 % 60)).ToArray(), MaxTokens = 20, IgnoreEndOfSequence = true };

        List<Answer> answers = [];
        for (int run = 0; run < 2; run++)
        {
            using PrefixFolder folder = new(Path, NullLogger.Instance);
            using PrefixStore store = new(1 << 26, folder);
            using LanguageModel model = await LanguageModel.LoadAsync(options with { PrefixStore = store }, _log, TestContext.Current.CancellationToken);
            answers.Add(await Answer.ReadAsync(model.Start(request)));
        }

        Assert.Equal((0, 299), (answers[0].Result.CachedTokens, answers[1].Result.CachedTokens));
        Assert.Equal(answers[0].Tokens, answers[1].Tokens);
    }

    private string[] Files() => Directory.GetFiles(Path, "*.prefix", SearchOption.AllDirectories);

    private string Folder() => Directory.GetDirectories(Path).Single();

    // A process: it loads a model, is asked, and stops.
    private void Run(Action<Func<int[], string, Sequence>> asks, string model = Model, long capacity = 1 << 20, int contextLength = 4096)
    {
        using PrefixFolder folder = new(Path, _log);
        using PrefixStore store = new(capacity, folder);
        using SchedulerHarness harness = new(parallel: 2, contextLength: contextLength, store: store, onDiskAs: model);
        asks((prompt, salt) =>
        {
            Sequence sequence = harness.Add(prompt, 1, salt, ignoreEnd: true);
            harness.RunToEnd();
            return sequence;
        });
        harness.Scheduler.KeepPrefixes();
    }
}
