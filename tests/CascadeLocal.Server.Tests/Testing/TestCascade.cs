using System.Collections.Concurrent;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Tests.Common;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>The cascade without a server: scripted members, those of the policy among 'nano', 'small' and 'base', and whoever asks.</summary>
internal sealed class TestCascade : IAsyncDisposable
{
    private readonly EmbedderHost _embedders;
    private readonly Tally _tally = new();

    private TestCascade(IEnumerable<string> members, CascadeSettings settings, ICascadeObserver[] observers)
    {
        Pool = new ModelPool([.. members.Select(TestServer.Member)], Log, (member, _, _) => Task.FromResult<IMember>(Slow[Array.IndexOf(Names, member.Name)]));
        _embedders = new EmbedderHost(() => Embedder);
        Policies = new PolicyHost(Pool, null, _embedders, Log);
        Runner = new CascadeRunner(Pool, Policies, ConversationRule.Sticky, settings, 16, new ObserverList([.. observers, _tally]), Log);
    }

    public static string[] Names { get; } = ["nano", "small", "base"];

    public ScriptedMember[] Members { get; } = [new(1_000), new(2_000), new(3_000)];

    public SlowMember[] Slow => field ??= [.. Members.Select(m => new SlowMember(m))];

    public LetterEmbedder Embedder { get; } = new();

    public RecordingLog Log { get; } = new();

    public ModelPool Pool { get; }

    public PolicyHost Policies { get; }

    public CascadeRunner Runner { get; }

    /// <summary>The requests that were decided, and those that ended, in order.</summary>
    public IReadOnlyCollection<string> Decided => _tally.Decided;

    public IReadOnlyCollection<CascadeOutcome> Ended => _tally.Ended;

    public static async Task<TestCascade> StartAsync(Policy policy, CascadeSettings? settings = null, params ICascadeObserver[] observers)
    {
        TestCascade cascade = new(policy.Members.Select(m => m.Name), settings ?? new(), observers);
        await cascade.Pool.LoadAsync(CancellationToken.None);
        await cascade.UseAsync(policy);
        return cascade;
    }

    public static GenerationRequest Request(string text = "easy", TimeSpan? budget = null, bool streams = false) => new()
    {
        Id = $"chatcmpl-{Guid.NewGuid():N}",
        Messages = [new("user", text)],
        Streams = streams,
        Controls = new() { Budget = budget },
    };

    public Task UseAsync(Policy policy) => Policies.UseAsync(new LoadedPolicy(policy, "memory", "handmade"), CancellationToken.None);

    public async Task<RecordingClient> AskAsync(RecordingClient client, CancellationToken? left = null, CancellationToken? shutdown = null)
    {
        await Runner.AnswerAsync(client, left ?? CancellationToken.None, shutdown ?? CancellationToken.None);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await Runner.DisposeAsync();
        Policies.Dispose();
        _embedders.Dispose();
        Pool.Dispose();
    }

    private sealed class Tally : ICascadeObserver
    {
        public ConcurrentQueue<string> Decided { get; } = new();

        public ConcurrentQueue<CascadeOutcome> Ended { get; } = new();

        public void OnDecided(CascadeDecision decision) => Decided.Enqueue(decision.Id);

        public void OnCompleted(CascadeOutcome outcome) => Ended.Enqueue(outcome);
    }
}
