using System.Text.Json;

using CascadeLocal.Server.Configuration;

using Json.Schema;

using Xunit;

namespace CascadeLocal.Server.Tests.Configuration;

public sealed class SchemaTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "cascade.schema.json"));

    [Fact]
    public void The_schema_and_the_parser_know_the_same_keys()
    {
        using JsonDocument schema = JsonDocument.Parse(Text);
        JsonElement root = schema.RootElement;
        JsonElement definitions = root.GetProperty("$defs");

        Assert.Equal(SettingsSchema.Root.Keys.Order(), Keys(root));
        Assert.Equal(SettingsSchema.Member.Keys.Order(), Keys(definitions.GetProperty("member")));
        Assert.Equal(SettingsSchema.Lora.Keys.Order(), Keys(definitions.GetProperty("lora")));
        Assert.Equal(SettingsSchema.Price.Keys.Order(), Keys(definitions.GetProperty("member").GetProperty("properties").GetProperty("price")));
        Assert.Equal(SettingsSchema.DecisionLog.Keys.Order(), Keys(definitions.GetProperty("decision_log")));
        Assert.Equal(SettingsSchema.Telemetry.Keys.Order(), Keys(definitions.GetProperty("telemetry")));
        Assert.Equal(SettingsSchema.Cascade.Keys.Order(), Keys(definitions.GetProperty("cascade")));
        Assert.Equal(SettingsSchema.Sampling.Keys.Order(), Keys(definitions.GetProperty("sampling")));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"port":0,"pool":[{"path":"a","ctx":1}],"sampling":{"top_k":-1}}""")]
    [InlineData("""{"port":null,"kv_layout":"auto"}""")]
    [InlineData("""{"decision_log":"log.jsonl"}""")]
    [InlineData("""{"decision_log":{"path":"log.jsonl","max_mb":1,"files":2,"text":true}}""")]
    [InlineData("""{"decision_log":{"max_mb":1}}""")]
    [InlineData("""{"decision_log":{"path":"log.jsonl","files":0}}""")]
    [InlineData("""{"decision_log":""}""")]
    [InlineData("""{"telemetry":{"otlp_endpoint":"http://localhost:4318","otlp_headers":{"x-key":"k"},"otlp_protocol":"grpc"}}""")]
    [InlineData("""{"telemetry":{"otlp_endpoint":null,"otlp_headers":null,"otlp_protocol":null}}""")]
    [InlineData("""{"telemetry":null}""")]
    [InlineData("""{"telemetry":{"otlp_endpoint":"localhost:4318"}}""")]
    [InlineData("""{"telemetry":{"otlp_endpoint":"HTTP://localhost:4318"}}""")]
    [InlineData("""{"telemetry":{"otlp_endpoint":""}}""")]
    [InlineData("""{"telemetry":{"otlp_headers":{"x key":"k"}}}""")]
    [InlineData("""{"telemetry":{"otlp_headers":{"x-key":null}}}""")]
    [InlineData("""{"telemetry":{"otlp_headers":{"x-key":"Bearer a-b"}}}""")]
    [InlineData("""{"telemetry":{"otlp_headers":{"x-key":"a,b"}}}""")]
    [InlineData("""{"telemetry":{"otlp_protocol":"http"}}""")]
    [InlineData("""{"telemetry":{"endpoint":"http://localhost:4318"}}""")]
    [InlineData("""{"cascade":{"max_escalations":1,"draft_break_even":0.5}}""")]
    [InlineData("""{"cascade":{"max_escalations":-1}}""")]
    [InlineData("""{"cascade":{"embedding_cache":0}}""")]
    [InlineData("""{"cascade":{"prefill_ahead":false}}""")]
    [InlineData("""{"cascade":{"prefill_ahead":"no"}}""")]
    [InlineData("""{"cascade":{"embedding_cache":-1}}""")]
    [InlineData("""{"cascade":{"mode":"shadow","shadow":0.01}}""")]
    [InlineData("""{"cascade":{"mode":null,"shadow":null}}""")]
    [InlineData("""{"cascade":{"mode":"both"}}""")]
    [InlineData("""{"cascade":{"shadow":1.1}}""")]
    [InlineData("""{"cascade":{"tools":"route"}}""")]
    [InlineData("""{"cascade":{"tools":"small"}}""")]
    [InlineData("""{"cascade":{"novel":"route"}}""")]
    [InlineData("""{"cascade":{"novel":"none"}}""")]
    [InlineData("""{"cascade":{"draft_break_even":1.5}}""")]
    [InlineData("""{"cascade":{"maximum":1}}""")]
    [InlineData("""{"port":-1}""")]
    [InlineData("""{"pool":[]}""")]
    [InlineData("""{"pool":[{"path":"a","chat_template":"b"}]}""")]
    [InlineData("""{"pool":[{"path":"a","drafter":"lookup"}]}""")]
    [InlineData("""{"pool":[{"path":"a","drafter":""}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","drafter":"lookup"}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","chat_template":"b"}]}""")]
    [InlineData("""{"prot":1}""")]
    [InlineData("""{"pool":[{"name":"a"}]}""")]
    [InlineData("""{"sampling":{"temperature":2.5}}""")]
    [InlineData("""{"sampling":{"top_p":0}}""")]
    [InlineData("""{"parallel":65}""")]
    [InlineData("""{"kv_layout":"round"}""")]
    [InlineData("""{"threads_batch":2,"flash_attention":"off","tune":false,"pool":[{"path":"a","threads_batch":1,"flash_attention":null}]}""")]
    [InlineData("""{"threads_batch":0}""")]
    [InlineData("""{"flash_attention":true}""")]
    [InlineData("""{"tune":"no"}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","flash_attention":"on"}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","threads_batch":1}]}""")]
    [InlineData("""{"kv_type":"q8_0","pool":[{"path":"a","kv_type":"q4_0"}]}""")]
    [InlineData("""{"kv_type":"f16","pool":[{"path":"a","kv_type":null}]}""")]
    [InlineData("""{"kv_type":"q5_0"}""")]
    [InlineData("""{"kv_type":8}""")]
    [InlineData("""{"pool":[{"path":"a","lora":[{"path":"b"},{"path":"c","scale":-0.5}]}]}""")]
    [InlineData("""{"pool":[{"path":"a","lora":[{"path":"b","scale":null}]}]}""")]
    [InlineData("""{"pool":[{"path":"a","lora":[]}]}""")]
    [InlineData("""{"pool":[{"path":"a","lora":null}]}""")]
    [InlineData("""{"pool":[{"path":"a","lora":[{"scale":1}]}]}""")]
    [InlineData("""{"pool":[{"path":"a","lora":[{"path":""}]}]}""")]
    [InlineData("""{"pool":[{"path":"a","lora":[{"path":"b","scale":1e6}]}]}""")]
    [InlineData("""{"pool":[{"path":"a","lora":["b"]}]}""")]
    [InlineData("""{"lora":[{"path":"b"}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","lora":[{"path":"b"}]}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","kv_type":"f16"}]}""")]
    [InlineData("""{"pool":[{"path":"a","price":{"input":0.15,"output":0.6}}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","price":{"input":0,"output":0}}]}""")]
    [InlineData("""{"pool":[{"path":"a","price":null}]}""")]
    [InlineData("""{"pool":[{"path":"a","price":{"input":0.15}}]}""")]
    [InlineData("""{"pool":[{"path":"a","price":{"input":0.15,"output":null}}]}""")]
    [InlineData("""{"pool":[{"path":"a","price":{"input":-1,"output":1}}]}""")]
    [InlineData("""{"pool":[{"path":"a","price":{"input":1,"output":1,"cached":1}}]}""")]
    [InlineData("""{"pool":[{"path":"a","price":1}]}""")]
    [InlineData("""{"price":{"input":1,"output":1}}""")]
    [InlineData("""{"api_keys":[""]}""")]
    [InlineData("""{"keys_file":"keys.json"}""")]
    [InlineData("""{"keys_file":null}""")]
    [InlineData("""{"keys_file":""}""")]
    [InlineData("""{"keys_file":["keys.json"]}""")]
    [InlineData("""{"body_limit":1}""")]
    [InlineData("""{"encoder":"folder","encoder_precision":"fixed"}""")]
    [InlineData("""{"encoder":null,"encoder_precision":null}""")]
    [InlineData("""{"encoder":""}""")]
    [InlineData("""{"encoder_precision":"int8"}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m"}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","ctx":1,"parallel":2,"max_queue":3,"api_key_env":"K"}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","api_key_env":null,"api_key_file":"k","silence_seconds":1}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","path":null,"threads":null}]}""")]
    [InlineData("""{"pool":[{"name":"a","path":"b.gguf","url":null,"model":null}]}""")]
    [InlineData("""{"pool":[{"name":"a","path":null}]}""")]
    [InlineData("""{"pool":[{"url":"http://b/v1","model":"m"}]}""")]
    [InlineData("""{"pool":[{"name":null,"url":"http://b/v1","model":"m"}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1"}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":null}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","path":"b.gguf"}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","threads":1}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","kv_layout":"auto"}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","api_key_env":"K","api_key_file":"k"}]}""")]
    [InlineData("""{"pool":[{"name":"a","url":"http://b/v1","model":"m","connect_seconds":0}]}""")]
    [InlineData("""{"pool":[{"path":"b.gguf","model":"m"}]}""")]
    [InlineData("""{"pool":[{"path":"b.gguf","api_key_env":"K"}]}""")]
    [InlineData("""{"remote_hosts":["gpu-box:8000"],"remote_keys":["K"],"admin_loopback":true}""")]
    [InlineData("""{"remote_hosts":[""]}""")]
    public void The_schema_and_the_parser_judge_alike(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        bool bySchema = JsonSchema.FromText(Text).Evaluate(document.RootElement).IsValid;

        Assert.Equal(Accepts(json), bySchema);
    }

    private static bool Accepts(string json)
    {
        try
        {
            SettingsFile.Parse(System.Text.Encoding.UTF8.GetBytes(json), "cascade.json");
            return true;
        }
        catch (ConfigurationException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Keys(JsonElement schema) =>
        schema.GetProperty("properties").EnumerateObject().Select(p => p.Name).Order();
}
