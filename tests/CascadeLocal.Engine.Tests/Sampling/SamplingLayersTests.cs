using CascadeLocal.Engine.Sampling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Sampling;

/// <summary>Which layer of settings decides.</summary>
public sealed class SamplingLayersTests
{
    [Fact]
    public void The_first_layer_that_says_something_decides()
    {
        SamplingOptions request = new() { TopK = 5 };
        SamplingOptions file = new() { Temperature = 0, TopK = 9 };

        SamplingParameters result = SamplingParameters.Resolve(request, null, file, SamplingOptions.Fallback);

        Assert.Equal((5, 0f, 0.95f), (result.TopK, result.Temperature, result.TopP));
    }

    [Fact]
    public void Where_nothing_is_said_llama_servers_defaults_hold()
    {
        SamplingParameters result = SamplingParameters.Resolve(new SamplingOptions(), SamplingOptions.Fallback);

        Assert.Equal((0.8f, 40, 0.95f, 0.05f), (result.Temperature, result.TopK, result.TopP, result.MinP));
        Assert.Equal((1f, 0f, 0f), (result.RepetitionPenalty, result.FrequencyPenalty, result.PresencePenalty));
    }
}
