using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Pool;

public sealed class ModelPoolTests
{
    private static ModelPool PoolOf(params (string Name, IMember? Backend)[] members) => new(
        [.. members.Select(m => TestServer.Member(m.Name))],
        NullLogger.Instance,
        (options, _, _) => Task.FromResult(members.Single(m => m.Name == options.Name).Backend ?? throw new InvalidOperationException("broken")));

    [Fact]
    public async Task The_strongest_is_the_ready_member_with_the_most_parameters()
    {
        using ModelPool pool = PoolOf(("a", new ScriptedMember(5)), ("b", new ScriptedMember(7)), ("c", null), ("d", new ScriptedMember(7)));
        Assert.Null(pool.Strongest);

        await pool.LoadAsync(TestContext.Current.CancellationToken);

        Assert.Equal("b", pool.Strongest?.Name);
        Assert.Equal((MemberState.Failed, "broken"), (pool.Find("c")!.State, pool.Find("c")!.FailureReason));
    }

    [Fact]
    public void The_cores_are_divided_among_members_that_name_no_threads()
    {
        MemberOptions own = TestServer.Member("b") with { Model = new ModelOptions { Path = "b", Threads = 3 } };
        using ModelPool pool = new([TestServer.Member("a"), own], NullLogger.Instance);

        Assert.Equal([Math.Max(1, Environment.ProcessorCount / 2), 3], pool.Members.Select(m => m.Options.Model!.Threads!.Value));
    }

    [Fact]
    public async Task A_draining_member_takes_nothing_new()
    {
        using ModelPool pool = PoolOf(("a", new ScriptedMember()));
        await pool.LoadAsync(TestContext.Current.CancellationToken);

        pool.Drain();

        Assert.Equal(MemberState.Draining, pool.Members[0].State);
        Assert.Throws<MemberUnavailableException>(() => pool.Members[0].Lease());
    }

    [Fact]
    public void Two_members_of_one_name_are_refused() =>
        Assert.Throws<ArgumentException>(() => PoolOf(("a", null), ("a", null)));
}
