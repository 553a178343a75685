using CascadeLocal.Engine.Text;

using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

public sealed class PromptGateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Large_prompts_wait_for_their_turn_and_small_ones_do_not()
    {
        using PromptGate gate = new(places: 1);
        PromptPlace first = await gate.EnterAsync(1_000_000, Token);
        Task<PromptPlace> second = gate.EnterAsync(1_000_000, Token).AsTask();

        Assert.True(gate.EnterAsync(1_000, Token).AsTask().IsCompletedSuccessfully);
        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
        Assert.True(gate.EnterAsync(1_000_000, Token).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Who_leaves_while_it_waits_takes_no_place()
    {
        using PromptGate gate = new(places: 1);
        using CancellationTokenSource left = new();
        PromptPlace first = await gate.EnterAsync(1_000_000, Token);
        Task<PromptPlace> second = gate.EnterAsync(1_000_000, left.Token).AsTask();

        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();
        Assert.True(gate.EnterAsync(1_000_000, Token).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public void Everything_that_is_tokenised_counts()
    {
        string large = new('a', 1_000_000);
        GenerationRequest empty = new();

        Assert.Equal(0, PromptGate.SizeOf(empty));
        foreach (GenerationRequest request in (GenerationRequest[])
        [
            empty with { PromptText = large },
            empty with { Prediction = large },
            empty with { Messages = [new("user", large)] },
            empty with { Messages = [new("assistant", "") { Reasoning = large }] },
            empty with { Messages = [new("assistant", "") { ToolCalls = [new("1", "f", large)] }] },
            empty with { Messages = [.. Enumerable.Repeat(new ChatMessage("user", ""), 100_000)] },
            empty with { Tools = [new("f", large, null)] },
            empty with { Tools = [new("f", null, large)] },
        ])
        {
            Assert.True(PromptGate.SizeOf(request) >= 1_000_000);
        }
    }
}
