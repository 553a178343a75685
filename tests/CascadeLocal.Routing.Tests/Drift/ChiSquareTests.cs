using CascadeLocal.Routing.Drift;

using Xunit;

namespace CascadeLocal.Routing.Tests.Drift;

public sealed class ChiSquareTests
{
    // From tables; two degrees of freedom have exp(-x/2).
    [Theory]
    [InlineData(3.841458821, 1, 0.05)]
    [InlineData(10.82756617, 1, 0.001)]
    [InlineData(5.991464547, 2, 0.05)]
    [InlineData(18.30703805, 10, 0.05)]
    [InlineData(3.940299136, 10, 0.95)]
    [InlineData(124.3421134, 100, 0.05)]
    [InlineData(200, 2, 3.720076e-44)]
    public void The_chance_of_a_value_at_least_as_large(double value, int degrees, double chance) =>
        Assert.Equal(1, ChiSquare.AtLeast(value, degrees) / chance, 1e-6);

    [Fact]
    public void Without_degrees_of_freedom_nothing_is_unlikely()
    {
        Assert.Equal(1, ChiSquare.AtLeast(5, 0));
        Assert.Equal(1, ChiSquare.AtLeast(0, 3));
    }
}
