using CascadeLocal.Trainer.Optimization;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData(0, 0.0, 0.01)]
    [InlineData(49, 0.01, 0.5)]
    [InlineData(100, 0.1, 1.0)]
    [InlineData(5000, 0.3, 1.0)]
    [InlineData(5000, 0.65, 0.51)]
    [InlineData(5000, 1.0, 0.02)]
    [InlineData(5000, 1.5, 0.02)]
    public void The_rate_warms_up_stays_and_falls(long step, double progress, double expected) =>
        Assert.Equal(expected, LearningRateSchedule.Factor(step, progress), 6);
}
