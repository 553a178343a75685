using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Dialects.Tests;

/// <summary>Which family a chat template is of.</summary>
public sealed class RecognitionTests
{
    private static readonly Dictionary<string, Dialect> Expected = new()
    {
        ["Apertus-8B-Instruct"] = Dialect.Generic,
        ["Bielik-11B-v3.0-Instruct"] = Dialect.Hermes,
        ["Cohere2MoE"] = Dialect.Cohere,
        ["CohereForAI-c4ai-command-r-plus-tool_use"] = Dialect.Generic,
        ["GigaChat3-10B-A1.8B"] = Dialect.Generic,
        ["GigaChat3.1-10B-A1.8B"] = Dialect.Generic,
        ["Kimi-K2-Instruct"] = Dialect.Generic,
        ["Kimi-K2-Thinking"] = Dialect.Generic,
        ["LFM2-8B-A1B"] = Dialect.Lfm2,
        ["LFM2.5-Instruct"] = Dialect.Lfm2,
        ["MiMo-VL"] = Dialect.Hermes,
        ["MiniMax-M2"] = Dialect.Generic,
        ["MiniMax-M3"] = Dialect.Generic,
        ["Mistral-Small-3.2-24B-Instruct-2506"] = Dialect.Mistral,
        ["NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"] = Dialect.QwenCoder,
        ["NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use"] = Dialect.Hermes,
        ["Qwen-QwQ-32B"] = Dialect.Hermes,
        ["Qwen-Qwen2.5-7B-Instruct"] = Dialect.Hermes,
        ["Qwen-Qwen3-0.6B"] = Dialect.Hermes,
        ["Qwen3-Coder"] = Dialect.QwenCoder,
        ["Qwen3.5-4B"] = Dialect.QwenCoder,
        ["Reka-Edge"] = Dialect.Hermes,
        ["StepFun3.5-Flash"] = Dialect.QwenCoder,
        ["deepseek-ai-DeepSeek-R1-Distill-Llama-8B"] = Dialect.DeepSeekR1,
        ["deepseek-ai-DeepSeek-R1-Distill-Qwen-32B"] = Dialect.DeepSeekR1,
        ["deepseek-ai-DeepSeek-V3.1"] = Dialect.DeepSeekV31,
        ["deepseek-ai-DeepSeek-V3.2"] = Dialect.Generic,
        ["deepseek-ai-DeepSeek-V4-Flash-0731"] = Dialect.Generic,
        ["deepseek-ai-DeepSeek-V4"] = Dialect.Generic,
        ["fireworks-ai-llama-3-firefunction-v2"] = Dialect.Generic,
        ["google-gemma-2-2b-it"] = Dialect.Gemma,
        ["ibm-granite-granite-4.0"] = Dialect.Hermes,
        ["ibm-granite-granite-4.1"] = Dialect.Hermes,
        ["llama-cpp-rwkv-world"] = Dialect.Generic,
        ["meetkai-functionary-medium-v3.2"] = Dialect.Generic,
        ["meta-llama-Llama-3.1-8B-Instruct"] = Dialect.Llama,
        ["meta-llama-Llama-3.2-3B-Instruct"] = Dialect.Llama,
        ["mistralai-Mistral-Nemo-Instruct-2407"] = Dialect.MistralNemo,
        ["moonshotai-Kimi-K2"] = Dialect.Generic,
        ["poolside-Laguna-S-2.1"] = Dialect.Generic,
        ["poolside-Laguna-XS-2.1"] = Dialect.Generic,
        ["poolside-Laguna-XS.2"] = Dialect.Generic,
        ["tencent-Hy3"] = Dialect.Generic,
        ["unsloth-Apriel-1.5"] = Dialect.Hermes,
    };

    [Fact]
    public void Published_templates_are_of_the_family_that_their_models_are()
    {
        string? folder = RepositoryPaths.Shared is { } shared ? Path.Combine(shared, "data", "chat-templates", "templates") : null;
        Assert.SkipWhen(folder is null || !Directory.Exists(folder), "../shared/data/chat-templates is not there");
        Dictionary<string, Dialect> found = Directory.EnumerateFiles(folder!, "*.jinja")
            .ToDictionary(f => Path.GetFileNameWithoutExtension(f), f => Dialect.Of(File.ReadAllText(f)));
        Assert.Equal(
            Expected.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}: {e.Value}"),
            found.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}: {e.Value}"));
    }

    [Theory]
    [InlineData("{{ '<|start|>assistant<|channel|>final<|message|>' }}", "gpt-oss")]
    [InlineData("{{ '[TOOL_CALLS]' + name + '[CALL_ID]' + id + '[ARGS]' }}", "Mistral")]
    [InlineData("{{ '[TOOL_CALLS] [' }}", "Mistral Nemo")]
    [InlineData("{{ '<|start_of_role|>assistant_tool_call<|end_of_role|><|tool_call|>' }}", "Granite 3")]
    [InlineData("{{ '<|start_of_role|>user<|end_of_role|>' }}", "Granite 3")]
    [InlineData("{{ '<｜tool▁calls▁begin｜>' }}", "DeepSeek V3.1")]
    [InlineData("{{ '<|tool_call_start|>' }}", "LFM2")]
    [InlineData("{{ '<|im_start|>' }}", "generic JSON")]
    [InlineData("", "generic JSON")]
    [InlineData(null, "generic JSON")]
    public void A_template_is_known_by_its_markers(string? template, string name) => Assert.Equal(name, Dialect.Of(template).Name);

    [Fact]
    public void The_template_for_tools_decides() =>
        Assert.Same(Dialect.Hermes, Dialect.Of("{{ '<|start_header_id|>' }}", "{{ '<tool_call>' }}"));

    [Fact]
    public void What_has_to_stay_visible_is_named()
    {
        Assert.Subset(Dialect.GptOss.Markers.ToHashSet(), new HashSet<string> { "<|channel|>", "<|message|>", "<|start|>", "<|end|>", "<|call|>", "<|return|>", "<|constrain|>" });
        Assert.Subset(Dialect.Mistral.Markers.ToHashSet(), new HashSet<string> { "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "[THINK]", "[/THINK]" });
        Assert.Subset(Dialect.DeepSeekV31.Markers.ToHashSet(), new HashSet<string> { "<｜tool▁calls▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>", "</think>" });
        Assert.Subset(Dialect.Granite.Markers.ToHashSet(), new HashSet<string> { "<|tool_call|>" });
        Assert.All(Dialect.All, dialect => Assert.DoesNotContain(dialect.Markers, m => m.Length < 4 || m.Contains('`')));
    }

    [Fact]
    public void A_marker_begins_in_no_other_place_so_that_what_is_held_back_need_not_be_read_again() =>
        Assert.All(Dialect.All.SelectMany(d => d.Openings).Where(o => o.Text[0] != '`'), o => Assert.DoesNotContain(o.Text[0], o.Text[1..]));
}
