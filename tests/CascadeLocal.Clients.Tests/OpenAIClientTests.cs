using System.ClientModel;
using System.Text;
using System.Text.Json;

using OpenAI.Chat;
using OpenAI.Embeddings;

using Xunit;

namespace CascadeLocal.Clients.Tests;

/// <summary>OpenAI's own .NET client, unmodified.</summary>
[Collection(ClientsCollection.Name)]
public sealed class OpenAIClientTests(ClientServer server)
{
    private static readonly UserChatMessage Question = new(Conversation.Question);

    private static readonly ChatTool Add =
        ChatTool.CreateFunctionTool("add", "Adds two numbers.", BinaryData.FromString(Conversation.AddSchema), functionSchemaIsStrict: true);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ChatCompletionOptions Greedy => new() { Temperature = 0, MaxOutputTokenCount = Conversation.MaxTokens };

    private ChatClient Client => server.Connect().GetChatClient(ClientServer.Model);

    [Fact]
    public async Task It_gets_the_same_answer_whole_and_streamed()
    {
        ChatCompletion whole = await Client.CompleteChatAsync([Question], Greedy, Cancellation);
        StringBuilder streamed = new();
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (StreamingChatCompletionUpdate update in Client.CompleteChatStreamingAsync([Question], Greedy, Cancellation))
        {
            foreach (ChatMessageContentPart part in update.ContentUpdate)
                streamed.Append(part.Text);
            finish ??= update.FinishReason;
            usage ??= update.Usage;
        }

        Assert.Equal(ChatFinishReason.Stop, whole.FinishReason);
        Assert.Equal(whole.Content[0].Text, streamed.ToString());
        Assert.Equal(ChatFinishReason.Stop, finish);
        Assert.Equal(whole.Usage.OutputTokenCount, usage?.OutputTokenCount);
    }

    [Fact]
    public async Task It_calls_a_function_and_gets_an_answer_to_its_result()
    {
        ChatCompletionOptions options = Greedy;
        options.Tools.Add(Add);
        options.ToolChoice = ChatToolChoice.CreateFunctionChoice("add");

        ChatCompletion called = await Client.CompleteChatAsync([Question], options, Cancellation);
        ChatToolCall call = Assert.Single(called.ToolCalls);
        int sum = Run(call.FunctionArguments.ToString());
        options.ToolChoice = ChatToolChoice.CreateNoneChoice();
        ChatCompletion answer = await Client.CompleteChatAsync(
            [Question, new AssistantChatMessage(called), new ToolChatMessage(call.Id, $"{sum}")], options, Cancellation);

        Assert.Equal("add", call.FunctionName);
        Assert.Equal(ChatFinishReason.ToolCalls, called.FinishReason);
        Assert.Empty(called.Content);
        Assert.NotEmpty(answer.Content[0].Text);
    }

    [Fact]
    public async Task It_gets_the_arguments_of_a_call_piece_by_piece()
    {
        ChatCompletionOptions options = Greedy;
        options.Tools.Add(Add);
        options.ToolChoice = ChatToolChoice.CreateRequiredChoice();
        options.AllowParallelToolCalls = false;

        List<StreamingChatToolCallUpdate> updates = [];
        ChatFinishReason? finish = null;
        await foreach (StreamingChatCompletionUpdate update in Client.CompleteChatStreamingAsync([Question], options, Cancellation))
        {
            updates.AddRange(update.ToolCallUpdates);
            finish ??= update.FinishReason;
        }

        Assert.Equal("add", updates[0].FunctionName);
        Assert.NotEmpty(updates[0].ToolCallId);
        Assert.All(updates, update => Assert.Equal(0, update.Index));
        Assert.InRange(Run(string.Concat(updates.Select(update => update.FunctionArgumentsUpdate?.ToString()))), 0, 198);
        Assert.Equal(ChatFinishReason.ToolCalls, finish);
    }

    [Fact]
    public async Task It_gets_an_answer_that_follows_a_schema()
    {
        ChatCompletionOptions options = Greedy;
        options.ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat(
            "verdict", BinaryData.FromString(Conversation.VerdictSchema), jsonSchemaIsStrict: true);

        ChatCompletion answer = await Client.CompleteChatAsync([Question], options, Cancellation);

        Conversation.ReadVerdict(answer.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
    }

    [Fact]
    public async Task It_gets_log_probabilities()
    {
        ChatCompletionOptions options = Greedy;
        options.IncludeLogProbabilities = true;
        options.TopLogProbabilityCount = 3;

        ChatCompletion answer = await Client.CompleteChatAsync([Question], options, Cancellation);

        Assert.Equal(answer.Content[0].Text, string.Concat(answer.ContentTokenLogProbabilities.Select(token => token.Token)));
        Assert.All(answer.ContentTokenLogProbabilities, token =>
        {
            Assert.InRange(token.LogProbability, float.MinValue, 0);
            Assert.Equal(token.Token, Encoding.UTF8.GetString(token.Utf8Bytes!.Value.Span));
            Assert.Equal(3, token.TopLogProbabilities.Count);
            Assert.Equal(token.Token, token.TopLogProbabilities[0].Token);
        });
    }

    [Fact]
    public async Task It_gets_vectors()
    {
        EmbeddingClient client = server.Connect().GetEmbeddingClient(ClientServer.Encoder);

        OpenAIEmbeddingCollection vectors = await client.GenerateEmbeddingsAsync([Conversation.Question, "Sort these words."], cancellationToken: Cancellation);

        Assert.Equal([384, 384], vectors.Select(vector => vector.ToFloats().Length));
    }

    [Fact]
    public async Task It_leaves_in_mid_stream_and_the_next_request_is_answered()
    {
        ChatCompletionOptions endless = new() { MaxOutputTokenCount = Conversation.ManyTokens, LogitBiases = { [Conversation.EndToken] = -100 } };

        await Conversation.LeaveInMidStreamAsync(leave => Client.CompleteChatStreamingAsync([Question], endless, leave));
        ChatCompletion next = await Client.CompleteChatAsync([Question], Greedy, Cancellation);

        Assert.NotEmpty(next.Content[0].Text);
    }

    [Fact]
    public async Task It_understands_a_refused_key()
    {
        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(
            () => server.Connect("wrong").GetChatClient(ClientServer.Model).CompleteChatAsync([Question], null, Cancellation));

        Assert.Equal(401, error.Status);
        Assert.Contains("invalid_api_key", error.Message, StringComparison.Ordinal);
    }

    private static int Run(string arguments)
    {
        using JsonDocument json = JsonDocument.Parse(arguments);
        return json.RootElement.GetProperty("a").GetInt32() + json.RootElement.GetProperty("b").GetInt32();
    }
}
