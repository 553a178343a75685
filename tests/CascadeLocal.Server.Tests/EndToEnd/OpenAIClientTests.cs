using System.ClientModel;
using System.Text;

using OpenAI;
using OpenAI.Chat;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>OpenAI's own .NET client, unmodified.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class OpenAIClientTests
{
    private static ChatClient Connect(CascadeProcess server, string key = "none") => new(
        "cascade",
        new ApiKeyCredential(key),
        new OpenAIClientOptions { Endpoint = new Uri(server.Client.BaseAddress!, "/v1") });

    private static readonly ChatMessage[] Question = [new UserChatMessage("What is 12 + 30?")];

    [Fact]
    public async Task It_gets_the_same_answer_whole_and_streamed()
    {
        await using CascadeProcess server = await CascadeProcess.ServeAsync();
        ChatClient client = Connect(server);
        ChatCompletionOptions options = new() { Temperature = 0, MaxOutputTokenCount = 50 };

        ChatCompletion whole = await client.CompleteChatAsync(Question, options, TestContext.Current.CancellationToken);
        StringBuilder streamed = new();
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(Question, options, TestContext.Current.CancellationToken))
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
    public async Task It_understands_a_refused_key()
    {
        await using CascadeProcess server = await CascadeProcess.ServeAsync("--api-key", "right");

        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(
            () => Connect(server, "wrong").CompleteChatAsync(Question, null, TestContext.Current.CancellationToken));

        Assert.Equal(401, error.Status);
        Assert.Contains("invalid_api_key", error.Message, StringComparison.Ordinal);
    }
}
