using System.Net;
using System.Text.Json.Nodes;

using CascadeLocal.Dialects;
using CascadeLocal.Server.Responses;
using CascadeLocal.Server.Tests.Testing;

using CsCheck;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>Responses that are kept: continued, read again, forgotten, and nobody else's.</summary>
public sealed class ResponsesStoreTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_response_is_continued_without_its_instructions(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        JsonNode first = await ResponsesApi.AskAsync(server, "\"input\":\"one\",\"instructions\":\"be brief\"", stream);
        JsonNode second = await ResponsesApi.AskAsync(server, $"\"input\":\"two\",\"previous_response_id\":\"{first["id"]}\"", stream);

        JsonNode third = await ResponsesApi.AskAsync(server, $"\"input\":\"three\",\"instructions\":\"be long\",\"previous_response_id\":\"{second["id"]}\"", stream);

        Assert.Equal((string?)second["id"], (string?)third["previous_response_id"]);
        Assert.Equal(["user: one", "assistant: 42", "user: two"], ResponsesTests.TurnsOf(server.Small.Requests.ElementAt(1)));
        Assert.Equal(
            ["system: be long", "user: one", "assistant: 42", "user: two", "assistant: 42", "user: three"], ResponsesTests.TurnsOf(server.Small.Requests.Last()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_is_answered_by_what_continues_it(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("<think>hm</think>", "<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>", "") { Markup = new(Dialect.Hermes.Name, false) };
        JsonNode first = await ResponsesApi.AskAsync(server, "\"input\":\"one\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"}]", stream);
        string? call = (string?)first["output"]![1]!["call_id"];

        await ResponsesApi.AskAsync(
            server, $$""" "input":[{"type":"function_call_output","call_id":"{{call}}","output":"7"}],"previous_response_id":"{{first["id"]}}" """, stream);

        Assert.Equal(["user: one", $"assistant: (hm)  f#{call}{{}}", $"tool {call}: 7"], ResponsesTests.TurnsOf(server.Small.Requests.Last()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_kept_is_what_was_sent_until_it_is_deleted(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        JsonNode sent = await ResponsesApi.AskAsync(server, "\"input\":\"one\"", stream);
        JsonNode next = await ResponsesApi.AskAsync(server, $"\"input\":\"two\",\"previous_response_id\":\"{sent["id"]}\"", stream);
        string path = $"/{sent["id"]}";

        Assert.Equal(sent.ToJsonString(), (await ResponsesApi.GetAsync(server, path)).ToJsonString());
        using HttpResponseMessage deleted = await ResponsesApi.SendAsync(server, HttpMethod.Delete, path);
        Assert.Equal(
            $$"""{"id":"{{sent["id"]}}","object":"response","deleted":true}""", await deleted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotFound, (await ResponsesApi.FailAsync(server, HttpMethod.Get, path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ResponsesApi.FailAsync(server, HttpMethod.Delete, path)).Status);
        ErrorAnswer error = await ResponsesApi.FailAsync(server, HttpMethod.Post, "", $$"""{"input":"three","previous_response_id":"{{sent["id"]}}"}""");
        Assert.Equal((HttpStatusCode.NotFound, "previous_response_id", "previous_response_not_found"), (error.Status, error.Param, error.Code));
        // What continued it before has all that it needs.
        await ResponsesApi.AskAsync(server, $"\"input\":\"three\",\"previous_response_id\":\"{next["id"]}\"", stream);
        Assert.Equal(["user: one", "assistant: 42", "user: two", "assistant: 42", "user: three"], ResponsesTests.TurnsOf(server.Small.Requests.Last()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_shall_not_be_kept_is_not(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();

        JsonNode sent = await ResponsesApi.AskAsync(server, "\"input\":\"one\",\"store\":false", stream);

        Assert.False((bool)sent["store"]!);
        Assert.Equal("response_not_found", (await ResponsesApi.FailAsync(server, HttpMethod.Get, $"/{sent["id"]}")).Code);
    }

    [Fact]
    public async Task Another_keys_response_does_not_exist()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ApiKeys = ["one", "two"] });
        JsonNode sent = await ResponsesApi.AskAsync(server, "\"input\":\"secret\"", key: "one");
        string path = $"/{sent["id"]}", next = $$"""{"input":"what was it?","previous_response_id":"{{sent["id"]}}"}""";

        Assert.Equal("previous_response_not_found", (await ResponsesApi.FailAsync(server, HttpMethod.Post, "", next, "two")).Code);
        Assert.Equal("response_not_found", (await ResponsesApi.FailAsync(server, HttpMethod.Get, path, key: "two")).Code);
        Assert.Equal("response_not_found", (await ResponsesApi.FailAsync(server, HttpMethod.Get, path + "/input_items", key: "two")).Code);
        Assert.Equal("response_not_found", (await ResponsesApi.FailAsync(server, HttpMethod.Delete, path, key: "two")).Code);
        Assert.Equal("invalid_api_key", (await ResponsesApi.FailAsync(server, HttpMethod.Get, path)).Code);
        using HttpResponseMessage own = await ResponsesApi.SendAsync(server, HttpMethod.Post, "", next, "one");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact]
    public async Task The_input_of_a_response_is_read_page_by_page()
    {
        await using TestServer server = await TestServer.StartAsync();
        JsonNode first = await ResponsesApi.AskAsync(server, "\"input\":\"before\"");
        JsonNode sent = await ResponsesApi.AskAsync(server, $$"""
            "input":[{"id":"a","role":"user","content":"1"},{"id":"b","type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"id":"d","type":"function_call_output","call_id":"c","output":"2"}],
            "previous_response_id":"{{first["id"]}}"
            """);
        string path = $"/{sent["id"]}/input_items";

        JsonNode all = await ResponsesApi.GetAsync(server, path);
        JsonNode page = await ResponsesApi.GetAsync(server, path + "?order=asc&limit=1&after=a");

        Assert.Equal(["d", "b", "a"], all["data"]!.AsArray().Select(item => (string?)item!["id"]));
        Assert.False((bool)all["has_more"]!);
        Assert.Equal("""{"id":"a","type":"message","role":"user","content":[{"type":"input_text","text":"1"}],"status":"completed"}""", all["data"]![2]!.ToJsonString());
        Assert.Equal(
            """{"object":"list","data":[{"id":"b","type":"function_call","call_id":"c","name":"f","arguments":"{}","status":"completed"}],"first_id":"b","last_id":"b","has_more":true}""",
            page.ToJsonString());
        Assert.Equal("limit", (await ResponsesApi.FailAsync(server, HttpMethod.Get, path + "?limit=0")).Param);
        Assert.Equal("order", (await ResponsesApi.FailAsync(server, HttpMethod.Get, path + "?order=up")).Param);
        Assert.Equal("after", (await ResponsesApi.FailAsync(server, HttpMethod.Get, path + "?after=z")).Param);
        Assert.Equal("stream", (await ResponsesApi.FailAsync(server, HttpMethod.Get, $"/{sent["id"]}?stream=true")).Param);
    }

    [Fact]
    public void Of_too_many_the_one_that_was_not_used_for_the_longest_time_is_forgotten()
    {
        ResponseStore store = new(maxCount: 2);
        store.Add(Response("a", 1));
        store.Add(Response("b", 1));
        Assert.NotNull(store.Find("a", "me"));

        store.Add(Response("c", 1));

        Assert.Equal((true, false, true), (store.Find("a", "me") is not null, store.Find("b", "me") is not null, store.Find("c", "me") is not null));
        Assert.Equal(2, store.Count);
    }

    [Fact]
    public void Somebody_elses_question_is_no_use_of_a_response()
    {
        ResponseStore store = new(maxCount: 2);
        store.Add(Response("a", 1));
        store.Add(Response("b", 1));
        Assert.Null(store.Find("a", "you"));
        Assert.False(store.Remove("b", "you"));

        store.Add(Response("c", 1));

        Assert.Null(store.Find("a", "me"));
        Assert.NotNull(store.Find("b", "me"));
    }

    [Fact]
    public void Many_responses_of_one_key_push_out_none_of_another()
    {
        foreach (ResponseStore store in (ResponseStore[])[new(maxCount: 3), new(maxBytes: 10_000)])
        {
            store.Add(Response("mine", 500));
            for (int i = 0; i < 50; i++)
                store.Add(Response($"{i}", 500, "you"));

            Assert.NotNull(store.Find("mine", "me"));
            Assert.NotNull(store.Find("49", "you"));
            Assert.Null(store.Find("0", "you"));
        }
    }

    [Fact]
    public void What_was_just_made_can_be_continued_and_takes_room_from_others_once()
    {
        ResponseStore store = new(maxBytes: 10_000);
        for (int i = 0; i < 4; i++)
            store.Add(Response($"{i}", 500));

        store.Add(Response("large", 2_500, "you"));
        Assert.NotNull(store.Find("large", "you"));
        Assert.Equal([false, false, false, true], Enumerable.Range(0, 4).Select(i => store.Find($"{i}", "me") is not null));
        store.Add(Response("next", 2_500, "you"));

        Assert.Null(store.Find("large", "you"));
        Assert.NotNull(store.Find("next", "you"));
        Assert.NotNull(store.Find("3", "me"));
    }

    [Fact]
    public void What_is_kept_never_takes_more_than_it_may()
    {
        const int Limit = 10_000;
        ResponseStore store = new(maxBytes: Limit);
        store.Add(Response("small", 1));
        store.Add(Response("too large", Limit));
        Assert.Null(store.Find("too large", "me"));
        Assert.NotNull(store.Find("small", "me"));

        for (int i = 0; i < 100; i++)
        {
            store.Add(Response($"{i}", 100 * i % 3000));
            Assert.InRange(store.Bytes, 1, Limit);
        }

        Assert.Null(store.Find("small", "me"));
        Assert.NotNull(store.Find("99", "me"));
        foreach (int i in Enumerable.Range(0, 100))
            store.Remove($"{i}", "me");
        Assert.Equal((0, 0), (store.Count, store.Bytes));
    }

    [Fact]
    public void It_keeps_what_a_plain_list_by_use_would_keep() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 9], Gen.Bool, Gen.Int[0, 400]).Array[0, 60].Sample(steps =>
        {
            const int Count = 4, Bytes = 3000;
            ResponseStore store = new(Count, Bytes);
            List<StoredResponse> model = [];
            int made = 0;
            foreach ((int kind, int which, bool isMine, int characters) in steps)
            {
                string id = $"{which}", owner = isMine ? "me" : "you";
                StoredResponse? known = model.Find(response => response.Id == id && owner == "me");
                switch (kind)
                {
                    case 0:
                        StoredResponse added = Response($"{made++ % 10}", characters);
                        if (model.Exists(response => response.Id == added.Id))
                            break;
                        store.Add(added);
                        model.Insert(0, added);
                        while (model.Count > Count || model.Sum(response => response.Size) > Bytes)
                            model.RemoveAt(model.Count - 1);
                        break;
                    case 1:
                        Assert.Same(known, store.Find(id, owner));
                        if (known is not null && model.Remove(known))
                            model.Insert(0, known);
                        break;
                    default:
                        Assert.Equal(known is not null, store.Remove(id, owner));
                        if (known is not null)
                            model.Remove(known);
                        break;
                }

                Assert.Equal((model.Count, model.Sum(response => response.Size)), (store.Count, store.Bytes));
            }
        });

    private static StoredResponse Response(string id, int characters, string owner = "me") =>
        new(id, owner, new byte[characters], [], [new ResponseItem.Message("m", "user", [new string('x', characters)], [])]);
}
