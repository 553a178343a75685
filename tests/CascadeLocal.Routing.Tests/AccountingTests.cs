using CascadeLocal.Contracts;
using CascadeLocal.Routing.Judging;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests;

public sealed class AccountingTests
{
    [Fact]
    public void Latencies_add_up() => Assert.Equal(350, RequestAccounting.Latency([new(5, 100, 20), new(10, 250, 25)]));

    [Fact]
    public void A_discarded_pass_costs_its_time_but_its_tokens_do_not_count() =>
        Assert.Equal((5 * 20 + 10 * 25) / 25.0, RequestAccounting.TimePerOutputToken([new(5, 100, 20), new(10, 250, 25)])!.Value, 1e-12);

    [Fact]
    public void An_answer_below_two_tokens_has_none() =>
        Assert.Null(RequestAccounting.TimePerOutputToken([new(5, 100, 20), new(0, 50, 0)]));

    [Fact]
    public void One_pass_is_charged_as_measured() => Gen.Double[0.1, 100].Sample(tpot =>
        RequestAccounting.TimePerOutputToken([new(tpot, 1, 37)]) == tpot);

    [Theory]
    [InlineData(2, 2, null)]
    [InlineData(2, 4, 2d)]
    [InlineData(4, 80, 2d)]
    public void Of_answers_side_by_side_the_gaps_are_those_of_one(int choices, int tokens, double? tpot)
    {
        GenerationResult rejected = Result(4, 8, 2), delivered = Result(choices, tokens, 2);
        double? gaps = tpot is null ? null : delivered.Gaps;

        Assert.Equal(tpot, RequestFigures.Of(Outcome(delivered))!.Value.TimePerOutputToken);
        Assert.Equal((2 * rejected.Gaps + 2 * gaps) / gaps, RequestFigures.Of(Outcome(rejected, delivered))!.Value.TimePerOutputToken);
    }

    private static GenerationResult Result(int choices, int tokens, double tpot) => new()
    {
        FinishReason = FinishReason.Stop,
        PromptTokens = 1,
        CachedTokens = 0,
        OutputTokens = tokens,
        Choices = choices,
        TimeToFirstToken = TimeSpan.Zero,
        EndToEnd = TimeSpan.FromMilliseconds(tpot * ((tokens / choices) - 1)),
    };

    private static CascadeOutcome Outcome(params GenerationResult[] passes) => new()
    {
        Decision = new() { Id = "a", Time = default, Member = "m", Path = [], Reason = RoutingReason.NoPolicy },
        End = RequestEnd.Delivered,
        Member = "m",
        Path = [],
        Passes = [.. passes.Select(pass => new CascadePass("m", pass))],
    };
}
