using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Connectors.OpenAI;

using Xunit;

namespace CascadeLocal.Clients.Tests;

/// <summary>Semantic Kernel, with a plugin whose function it runs by itself.</summary>
[Collection(ClientsCollection.Name)]
public sealed class SemanticKernelTests(ClientServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static OpenAIPromptExecutionSettings Greedy => new() { Temperature = 0, MaxTokens = Conversation.MaxTokens };

    private Kernel Kernel => Kernel.CreateBuilder().AddOpenAIChatCompletion(ClientServer.Model, server.Connect()).Build();

    [Fact]
    public async Task It_gets_the_same_answer_whole_and_streamed()
    {
        Kernel kernel = Kernel;

        string whole = await AskAsync(kernel, Greedy);
        string streamed = "";
        await foreach (string piece in kernel.InvokePromptStreamingAsync<string>(Conversation.Question, new(Greedy), cancellationToken: Cancellation))
            streamed += piece;

        Assert.NotEmpty(whole);
        Assert.Equal(whole, streamed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_runs_a_plugins_function_and_gets_an_answer_to_its_result(bool isStreamed)
    {
        Kernel kernel = Kernel;
        Adder adder = new();
        KernelFunction add = kernel.CreateFunctionFromMethod(adder.Add, "add");
        kernel.Plugins.AddFromFunctions("math", [add]);
        OpenAIPromptExecutionSettings settings = Greedy;
        settings.FunctionChoiceBehavior = FunctionChoiceBehavior.Required(options: new() { AllowParallelCalls = false });

        string answer = "";
        if (isStreamed)
        {
            await foreach (string piece in kernel.InvokePromptStreamingAsync<string>(Conversation.Question, new(settings), cancellationToken: Cancellation))
                answer += piece;
        }
        else
        {
            answer = await AskAsync(kernel, settings);
        }

        Assert.Single(adder.Sums);
        Assert.NotEmpty(answer);
    }

    [Fact]
    public async Task It_gets_an_answer_that_follows_a_type()
    {
        OpenAIPromptExecutionSettings settings = Greedy;
        settings.ResponseFormat = typeof(Verdict);

        Conversation.ReadVerdict(await AskAsync(Kernel, settings));
    }

    [Fact]
    public async Task It_leaves_in_mid_stream_and_the_next_request_is_answered()
    {
        Kernel kernel = Kernel;
        OpenAIPromptExecutionSettings endless = new()
        {
            MaxTokens = Conversation.ManyTokens,
            TokenSelectionBiases = new Dictionary<int, int> { [Conversation.EndToken] = -100 },
        };

        await Conversation.LeaveInMidStreamAsync(
            leave => kernel.InvokePromptStreamingAsync<string>(Conversation.Question, new(endless), cancellationToken: leave));

        Assert.NotEmpty(await AskAsync(kernel, Greedy));
    }

    private static async Task<string> AskAsync(Kernel kernel, OpenAIPromptExecutionSettings settings) =>
        (await kernel.InvokePromptAsync<string>(Conversation.Question, new(settings), cancellationToken: Cancellation))!;
}
