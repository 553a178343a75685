using System.Diagnostics;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.HangingTests;

/// <summary>What hangs, and one that does not. Each that hangs leaves a child whose id it prints.</summary>
public sealed class Hangs
{
    [Fact]
    public async Task An_asynchronous_one()
    {
        StartChild();
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
    }

    [Fact]
    public async Task An_asynchronous_one_that_never_awaits()
    {
        StartChild();
        Thread.Sleep(Timeout.Infinite);
        await Task.CompletedTask;
    }

    [Fact]
    public void A_synchronous_one()
    {
        StartChild();
        Thread.Sleep(Timeout.Infinite);
    }

    [Fact]
    public void One_that_ends()
    {
    }

    private static void StartChild()
    {
        using Process child = ChildProcesses.Start(new ProcessStartInfo("sleep", ["1000"]));
        Console.WriteLine($"child {child.Id}");
    }
}

public sealed class FixtureThatHangs
{
    public FixtureThatHangs() => Thread.Sleep(Timeout.Infinite);
}

public sealed class HangsInItsFixture : IClassFixture<FixtureThatHangs>
{
    [Fact]
    public void A_test_whose_fixture_hangs()
    {
    }
}
