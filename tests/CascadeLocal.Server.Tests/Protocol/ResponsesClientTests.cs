using System.ClientModel;
using System.Text;

using CascadeLocal.Dialects;
using CascadeLocal.Server.Tests.Testing;

using OpenAI.Responses;

using Xunit;

// The package marks all of it as not yet settled.
#pragma warning disable OPENAI001

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>OpenAI's own .NET client at /v1/responses, unmodified.</summary>
public sealed class ResponsesClientTests
{
    [Fact]
    public async Task It_calls_a_function_streams_what_follows_and_reads_all_of_it_again()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = request => request.Messages[^1].Role == "tool"
            ? new("It is ", request.Messages[^1].Content, ".", "") { Markup = new(Dialect.Hermes.Name, false) }
            : new("<think>a sum</think>", "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": 2}}\n</tool_call>", "") { Markup = new(Dialect.Hermes.Name, false) };
        ResponsesClient client = new(new ApiKeyCredential("none"), new ResponsesClientOptions { Endpoint = new Uri(server.Server.Address, "/v1") });
        FunctionTool tool = ResponseTool.CreateFunctionTool("add", BinaryData.FromString("""{"type":"object"}"""), strictModeEnabled: true, functionDescription: "sums");
        CreateResponseOptions question = new("cascade", [ResponseItem.CreateUserMessageItem("1 + 2?")]) { Instructions = "use tools", MaxOutputTokenCount = 50 };
        question.Tools.Add(tool);

        ResponseResult first = await client.CreateResponseAsync(question, TestContext.Current.CancellationToken);
        FunctionCallResponseItem call = Assert.Single(first.OutputItems.OfType<FunctionCallResponseItem>());
        CreateResponseOptions next = new("cascade", [ResponseItem.CreateFunctionCallOutputItem(call.CallId, "3")]) { PreviousResponseId = first.Id, StreamingEnabled = true };
        next.Tools.Add(tool);
        StringBuilder text = new();
        ResponseResult? second = null;
        await foreach (StreamingResponseUpdate update in await client.CreateResponseStreamingAsync(next, TestContext.Current.CancellationToken))
        {
            text.Append((update as StreamingResponseOutputTextDeltaUpdate)?.Delta);
            second = (update as StreamingResponseCompletedUpdate)?.Response ?? second;
        }

        Assert.Equal((ResponseStatus.Completed, "add", """{"a": 1, "b": 2}"""), (first.Status, call.FunctionName, call.FunctionArguments.ToString()));
        Assert.Single(first.OutputItems.OfType<ReasoningResponseItem>());
        Assert.Equal((7, 3, 10), (first.Usage.InputTokenCount, first.Usage.OutputTokenCount, first.Usage.TotalTokenCount));
        Assert.Equal(("It is 3.", "It is 3."), (text.ToString(), second!.GetOutputText()));
        Assert.Equal(first.Id, second.PreviousResponseId);
        ResponseResult again = await client.GetResponseAsync(second.Id, TestContext.Current.CancellationToken);
        Assert.Equal("It is 3.", again.GetOutputText());
        List<ResponseItem> input = [];
        await foreach (ResponseItem item in client.GetResponseInputItemsAsync(second.Id, TestContext.Current.CancellationToken))
            input.Add(item);
        Assert.Equal("3", Assert.IsType<FunctionCallOutputResponseItem>(Assert.Single(input)).FunctionOutput);
        Assert.True((await client.DeleteResponseAsync(second.Id, TestContext.Current.CancellationToken)).Value.Deleted);
        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(() => client.GetResponseAsync(second.Id, TestContext.Current.CancellationToken));
        Assert.Equal(404, error.Status);
    }
}
