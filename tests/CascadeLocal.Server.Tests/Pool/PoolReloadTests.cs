using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Pool;

/// <summary>The pool is brought to another list of members while it serves.</summary>
public sealed class PoolReloadTests
{
    private readonly Dictionary<string, Task<IMember>> _backends = [];

    private static MemberOptions Member(string name, string? path = null, int? context = null) =>
        new() { Name = name, Model = new ModelOptions { Path = path ?? name, ContextLength = context } };

    private async Task<ModelPool> StartAsync(params MemberOptions[] members)
    {
        ModelPool pool = new(members, NullLogger.Instance, (options, _, _) =>
            _backends.TryGetValue(options.Source, out Task<IMember>? backend) ? backend : Task.FromResult<IMember>(new ScriptedMember()));
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        return pool;
    }

    private static string[] Names(ModelPool pool) => [.. pool.Members.Where(m => m.State == MemberState.Ready).Select(m => m.Name).Order()];

    private static void Answer(PoolMember member) => member.Lease().Dispose();

    [Fact]
    public async Task New_members_are_added_gone_ones_drain_and_the_others_stay_who_they_are()
    {
        using ModelPool pool = await StartAsync(Member("a"), Member("b"));
        PoolMember stays = pool.Find("b")!;

        PoolReload change = pool.Reload([Member("b"), Member("c")]);
        await pool.Reloaded;

        Assert.Equal(["c"], change.Added);
        Assert.Empty(change.Replaced);
        Assert.Equal(["a"], change.Removed);
        Assert.Equal(["b"], change.Unchanged);
        Assert.Equal(["b", "c"], Names(pool));
        Assert.Same(stays, pool.Find("b"));
    }

    [Fact]
    public async Task A_member_with_other_settings_answers_until_its_successor_is_loaded()
    {
        using ModelPool pool = await StartAsync(Member("a"), Member("b"));
        PoolMember old = pool.Find("a")!;
        TaskCompletionSource<IMember> loading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _backends["a"] = loading.Task;

        PoolReload change = pool.Reload([Member("a", context: 50), Member("b")]);
        Assert.Equal(["a"], change.Replaced);
        Assert.Same(old, pool.Find("a"));
        Answer(old);
        loading.SetResult(new ScriptedMember());
        await pool.Reloaded;

        Assert.NotSame(old, pool.Find("a"));
        Assert.Equal(50, pool.Find("a")!.Options.Model!.ContextLength);
        Assert.Throws<MemberUnavailableException>(() => Answer(old));
        Answer(pool.Find("a")!);
    }

    [Fact]
    public async Task A_successor_that_cannot_be_loaded_leaves_the_old_one_serving()
    {
        using ModelPool pool = await StartAsync(Member("a"));
        PoolMember old = pool.Find("a")!;
        _backends["broken"] = Task.FromException<IMember>(new ModelLoadException("a.gguf", "file", "truncated"));

        pool.Reload([Member("a", path: "broken")]);
        await pool.Reloaded;

        Assert.Same(old, pool.Find("a"));
        Answer(old);
    }

    [Fact]
    public async Task A_member_that_had_failed_is_tried_again()
    {
        _backends["a"] = Task.FromException<IMember>(new ModelLoadException("a.gguf", "file", "not there"));
        using ModelPool pool = await StartAsync(Member("a"), Member("b"));
        Assert.Equal(MemberState.Failed, pool.Find("a")!.State);
        _backends.Remove("a");

        PoolReload change = pool.Reload([Member("a"), Member("b")]);
        await pool.Reloaded;

        Assert.Equal(["a"], change.Replaced);
        Assert.Equal(["a", "b"], Names(pool));
    }

    [Fact]
    public async Task Nobody_leaves_before_those_that_come_are_loaded_and_the_last_who_can_answer_not_at_all()
    {
        using ModelPool pool = await StartAsync(Member("a"));
        TaskCompletionSource<IMember> loading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _backends["b"] = loading.Task;

        pool.Reload([Member("b")]);
        Answer(pool.Find("a")!);
        Assert.Throws<PoolChangeException>(() => pool.Reload([Member("a")]));
        loading.SetException(new ModelLoadException("a.gguf", "file", "damaged"));
        await pool.Reloaded;

        Assert.Equal(["a"], Names(pool));
        Answer(pool.Find("a")!);
    }

    [Fact]
    public async Task A_running_answer_ends_before_its_member_is_freed()
    {
        using ModelPool pool = await StartAsync(Member("a"), Member("b"));
        PoolMember member = pool.Find("a")!;
        MemberLease running = member.Lease();

        pool.Reload([Member("b")]);
        await pool.Reloaded;

        Assert.Equal(MemberState.Draining, member.State);
        Assert.Contains(member, pool.Members);
        running.Dispose();
        await Wait.UntilAsync(() => !pool.Members.Contains(member));
    }

    [Fact]
    public async Task A_list_without_members_or_with_a_name_twice_is_refused()
    {
        using ModelPool pool = await StartAsync(Member("a"));

        Assert.Throws<ArgumentException>(() => pool.Reload([]));
        Assert.Throws<ArgumentException>(() => pool.Reload([Member("a"), Member("a")]));
        Assert.Equal(["a"], Names(pool));
    }
}
