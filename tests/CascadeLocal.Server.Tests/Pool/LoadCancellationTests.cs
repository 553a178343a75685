using CascadeLocal.Cascade.Pool;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Pool;

/// <summary>Members that leave while they are being loaded.</summary>
public sealed class LoadCancellationTests
{
    private static ModelPool Pool(TaskCompletionSource begun) => new(
        [TestServer.Member("nano")],
        NullLogger.Instance,
        async (member, _, stop) =>
        {
            if (member.Name == "slow")
            {
                begun.TrySetResult();
                await Task.Delay(Timeout.Infinite, stop);
            }

            return new ScriptedMember();
        });

    // Beside 'nano' an endpoint 'far', to which that connects; its attempts are counted from 1.
    private static async Task<ModelPool> WithEndpointAsync(Func<int, Task<IMember>> connect)
    {
        int attempts = 0;
        MemberOptions far = new() { Name = "far", Remote = new() { Name = "far", Url = "http://far.invalid/v1", Model = "m" } };
        ModelPool pool = new(
            [TestServer.Member("nano"), far],
            NullLogger.Instance,
            (member, _, _) => member.Name == "far" ? connect(Interlocked.Increment(ref attempts)) : Task.FromResult<IMember>(new ScriptedMember()));
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        return pool;
    }

    [Fact]
    public async Task A_member_that_is_removed_is_loaded_no_further()
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ModelPool pool = Pool(begun);
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        pool.Add(TestServer.Member("slow"));
        await begun.Task;

        await pool.Remove("slow")!.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Null(pool.Find("slow"));
        pool.Add(TestServer.Member("next"));
        await Wait.UntilAsync(() => pool.Find("next")!.State == MemberState.Ready);
    }

    [Fact]
    public async Task An_endpoint_that_is_removed_while_it_is_tried_again_is_freed_when_that_has_ended()
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously), go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ScriptedMember answers = new();
        using ModelPool pool = await WithEndpointAsync(async attempt =>
        {
            if (attempt == 1)
                throw new InvalidOperationException("nobody is there");
            begun.TrySetResult();
            await go.Task;
            return answers;
        });
        PoolMember far = pool.Find("far")!;
        Assert.Equal(MemberState.Failed, far.State);

        Task again = pool.ReconnectAsync(far);
        await begun.Task;
        Task removal = pool.Remove("far")!;
        Assert.False(far.Loaded.IsCompleted);
        go.SetResult();
        await again;
        await removal;

        await Assert.ThrowsAsync<EngineException>(() => answers.StartAsync(new(), null, TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task An_endpoint_that_was_removed_is_not_tried_again()
    {
        using ModelPool pool = await WithEndpointAsync(_ => throw new InvalidOperationException("nobody is there"));
        PoolMember far = pool.Find("far")!;

        await pool.Remove("far")!;

        Assert.False(far.TryBeginAgain());
    }

    [Fact]
    public async Task A_pool_that_is_closed_waits_for_no_load()
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ModelPool pool = Pool(begun);
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        pool.Add(TestServer.Member("slow"));
        await begun.Task;

        await Task.Run(pool.Dispose, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }
}
