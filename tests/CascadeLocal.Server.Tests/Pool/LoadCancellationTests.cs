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
