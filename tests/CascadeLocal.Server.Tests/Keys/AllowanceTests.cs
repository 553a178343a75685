using CascadeLocal.Server.Security;

using CsCheck;

using Microsoft.Extensions.Time.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Keys;

public sealed class AllowanceTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void It_is_full_at_first_and_refilled_evenly()
    {
        Allowance allowance = new(60, _clock);
        allowance.Take(60);
        Assert.Equal(new AllowanceState(60, 0, TimeSpan.FromMinutes(1)), allowance.Read());

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(new AllowanceState(60, 10, TimeSpan.FromSeconds(50)), allowance.Read());
        _clock.Advance(TimeSpan.FromDays(10_000));
        Assert.Equal(new AllowanceState(60, 60, TimeSpan.Zero), allowance.Read());
    }

    [Fact]
    public void Whoever_takes_more_than_there_is_has_nothing_until_the_debt_is_paid()
    {
        Allowance allowance = new(100, _clock);
        allowance.Take(349);

        Assert.Equal((false, TimeSpan.FromMinutes(2.5)), (allowance.HasOne, allowance.UntilOne));
        Assert.Equal(0, allowance.Read().Left);
        _clock.Advance(TimeSpan.FromMinutes(2.5));
        Assert.True(allowance.HasOne);
    }

    [Fact]
    public void A_new_limit_keeps_what_was_used()
    {
        Allowance allowance = new(10, _clock);
        allowance.Take(10);

        Assert.Equal(0, Allowance.Of(100, allowance, _clock)!.Read().Left);
        Assert.Null(Allowance.Of(null, allowance, _clock));
        Assert.Equal(5, Allowance.Of(5, new Allowance(10, _clock), _clock)!.Read().Left);
    }

    [Fact]
    public void The_wait_that_it_tells_is_the_shortest_that_helps() =>
        Gen.Select(Gen.Int[1, 1_000_000_000], Gen.Long[1, 10_000_000_000]).Sample((limit, taken) =>
        {
            FakeTimeProvider clock = new();
            Allowance allowance = new(limit, clock);
            allowance.Take(taken);
            TimeSpan wait = allowance.UntilOne;
            if (wait == TimeSpan.Zero)
                return allowance.HasOne;
            clock.Advance(wait - TimeSpan.FromTicks(1));
            bool before = allowance.HasOne;
            clock.Advance(TimeSpan.FromTicks(1));
            return !before && allowance.HasOne;
        });

    [Fact]
    public void In_any_time_there_is_one_filling_to_take_and_what_came_in() =>
        Gen.Select(Gen.Int[2, 100], Gen.Int[0, 5_000].Array[1, 60]).Sample((limit, pauses) =>
        {
            FakeTimeProvider clock = new();
            Allowance allowance = new(limit, clock);
            int taken = 0;
            foreach (int pause in pauses)
            {
                clock.Advance(TimeSpan.FromMilliseconds(pause));
                while (allowance.HasOne)
                {
                    allowance.Take(1);
                    taken++;
                }
            }

            // What comes in while it is full is lost: the first pause.
            return taken == limit + pauses.Skip(1).Sum(pause => (long)pause) * limit / 60_000;
        });

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(20, "20ms")]
    [InlineData(999.5, "1s")]
    [InlineData(1_000, "1s")]
    [InlineData(8_640, "8.64s")]
    [InlineData(60_000, "1m0s")]
    [InlineData(360_001, "6m0.001s")]
    [InlineData(7_200_000, "120m0s")]
    public void A_time_is_written_as_OpenAI_writes_it(double milliseconds, string text) =>
        Assert.Equal(text, RateLimitHeaders.Text(TimeSpan.FromMilliseconds(milliseconds)));
}
