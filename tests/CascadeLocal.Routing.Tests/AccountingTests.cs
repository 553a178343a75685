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
}
