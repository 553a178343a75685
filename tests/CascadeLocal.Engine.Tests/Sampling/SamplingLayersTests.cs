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

        SamplingParameters result = SamplingParameters.Of(new GenerationRequest { Sampling = request }, new SamplingOptions(), file);

        Assert.Equal((5, 0f, 0.95f), (result.TopK, result.Temperature, result.TopP));
    }

    [Fact]
    public void The_configuration_stands_between_request_and_file()
    {
        GenerationRequest request = new()
        {
            Sampling = new() { TopK = 5 },
            LogitBias = new Dictionary<int, float> { [3] = 2 },
            Seed = 7,
        };
        SamplingOptions configured = new() { TopK = 9, MinP = 0 };
        SamplingOptions file = new() { MinP = 0.2f, TopP = 0.5f };

        SamplingParameters result = SamplingParameters.Of(request, configured, file);

        Assert.Equal((5, 0f, 0.5f), (result.TopK, result.MinP, result.TopP));
        Assert.Equal((2f, 7ul), (result.LogitBias[3], result.Seed));
    }

    [Fact]
    public void Where_nothing_is_said_llama_servers_defaults_hold()
    {
        SamplingParameters result = SamplingParameters.Of(new GenerationRequest(), new SamplingOptions(), new SamplingOptions());

        Assert.Equal((0.8f, 40, 0.95f, 0.05f), (result.Temperature, result.TopK, result.TopP, result.MinP));
        Assert.Equal((1f, 0f, 0f), (result.RepetitionPenalty, result.FrequencyPenalty, result.PresencePenalty));
    }
}
