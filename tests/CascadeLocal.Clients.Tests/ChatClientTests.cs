using Microsoft.Extensions.AI;

using Xunit;

namespace CascadeLocal.Clients.Tests;

/// <summary>Microsoft.Extensions.AI: an IChatClient that runs functions by itself.</summary>
[Collection(ClientsCollection.Name)]
public sealed class ChatClientTests(ClientServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ChatOptions Greedy => new() { Temperature = 0, MaxOutputTokens = Conversation.MaxTokens };

    private IChatClient Client =>
        new ChatClientBuilder(server.Connect().GetChatClient(ClientServer.Model).AsIChatClient()).UseFunctionInvocation().Build();

    [Fact]
    public async Task It_gets_the_same_answer_whole_and_streamed()
    {
        using IChatClient client = Client;

        ChatResponse whole = await client.GetResponseAsync(Conversation.Question, Greedy, Cancellation);
        ChatResponse streamed = await client.GetStreamingResponseAsync(Conversation.Question, Greedy, Cancellation).ToChatResponseAsync(Cancellation);

        Assert.NotEmpty(whole.Text);
        Assert.Equal(whole.Text, streamed.Text);
        Assert.Equal(ChatFinishReason.Stop, streamed.FinishReason);
        Assert.Equal(whole.Usage!.OutputTokenCount, streamed.Usage!.OutputTokenCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_runs_a_function_and_gets_an_answer_to_its_result(bool isStreamed)
    {
        using IChatClient client = Client;
        Adder adder = new();
        ChatOptions options = Greedy;
        options.Tools = [AIFunctionFactory.Create(adder.Add, "add")];
        options.ToolMode = isStreamed ? ChatToolMode.RequireAny : ChatToolMode.RequireSpecific("add");
        options.AllowMultipleToolCalls = false;

        ChatResponse response = isStreamed
            ? await client.GetStreamingResponseAsync(Conversation.Question, options, Cancellation).ToChatResponseAsync(Cancellation)
            : await client.GetResponseAsync(Conversation.Question, options, Cancellation);

        long sum = Assert.Single(adder.Sums);
        FunctionResultContent result = Assert.Single(response.Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>());
        Assert.Equal($"{sum}", $"{result.Result}");
        Assert.Equal(ChatRole.Assistant, response.Messages[^1].Role);
        Assert.NotEmpty(response.Messages[^1].Text);
    }

    [Fact]
    public async Task It_reads_an_answer_into_a_type()
    {
        using IChatClient client = Client;

        ChatResponse<Verdict> response = await client.GetResponseAsync<Verdict>(Conversation.Question, Greedy, cancellationToken: Cancellation);

        Assert.True(Enum.IsDefined(response.Result.Colour));
    }

    [Fact]
    public async Task It_gets_vectors()
    {
        using IEmbeddingGenerator<string, Embedding<float>> generator =
            server.Connect().GetEmbeddingClient(ClientServer.Encoder).AsIEmbeddingGenerator();

        Assert.Equal(384, (await generator.GenerateVectorAsync(Conversation.Question, cancellationToken: Cancellation)).Length);
    }

    [Fact]
    public async Task It_leaves_in_mid_stream_and_the_next_request_is_answered()
    {
        using IChatClient client = Client;
        ChatOptions endless = new()
        {
            MaxOutputTokens = Conversation.ManyTokens,
            RawRepresentationFactory = _ => new OpenAI.Chat.ChatCompletionOptions { LogitBiases = { [Conversation.EndToken] = -100 } },
        };

        await Conversation.LeaveInMidStreamAsync(leave => client.GetStreamingResponseAsync(Conversation.Question, endless, leave));

        Assert.NotEmpty((await client.GetResponseAsync(Conversation.Question, Greedy, Cancellation)).Text);
    }
}
