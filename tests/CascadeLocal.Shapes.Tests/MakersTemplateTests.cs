using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Engine;
using CascadeLocal.Tests.Common;
using CascadeLocal.Trainer.Shapes;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Shapes.Tests;

/// <summary>A chat by the template that the maker of a model gave it.</summary>
public sealed class MakersTemplateTests(SmallShapes shapes) : IClassFixture<SmallShapes>
{
    public static IEnumerable<TheoryDataRow<string, string>> Templates => new Dictionary<string, string>
    {
        { "llama", "meta-llama-Llama-3.2-3B-Instruct" },
        { "qwen2", "Qwen-Qwen2.5-7B-Instruct" },
        { "qwen3", "Qwen-Qwen3-0.6B" },
        { "qwen3moe", "Qwen3-Coder" },
        { "gemma2", "google-gemma-2-2b-it" },
        { "mistral3", "Mistral-Small-3.2-24B-Instruct-2506" },
        { "granite", "ibm-granite-granite-4.0" },
        { "granitehybrid", "ibm-granite-granite-4.0" },
        { "deepseek2", "deepseek-ai-DeepSeek-V3.1" },
        { "lfm2", "LFM2-8B-A1B" },
    }.Select(pair => new TheoryDataRow<string, string>(pair.Key, pair.Value) { Traits = { ["architecture"] = [pair.Key] } });

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task A_chat_is_written_with_its_control_tokens_and_answered(string architecture, string template)
    {
        string? file = RepositoryPaths.Shared is { } shared ? Path.Combine(shared, "data", "chat-templates", "templates", template + ".jinja") : null;
        Assert.SkipUnless(File.Exists(file), $"{template}.jinja is not in ../shared/data/chat-templates/templates");
        using LanguageModel model = await LanguageModel.LoadAsync(
            new ModelOptions { Path = shapes.PathWithTemplate(architecture, file!), ContextLength = 2048, Parallel = 1, Threads = 1, GpuLayers = 0 },
            NullLogger.Instance, TestContext.Current.CancellationToken);
        ChatMessage[] messages = [new("user", "hi"), new("assistant", "hello"), new("user", Prompts.Forty[0])];

        int[] prompt = model.TokenizeChat(messages);
        Answer answer = await Answer.ReadAsync(model.Start(new GenerationRequest { Messages = messages, MaxTokens = 8, IgnoreEndOfSequence = true }));

        // Control tokens stand first in these vocabularies, the maker's before ChatML's. Three turns have at least one each.
        int controls = PublishedShapes.Of(architecture).Control.All.Count;
        Assert.InRange(prompt.Count(token => token < controls), 3, prompt.Length);
        Assert.Equal((prompt.Length, 8), (answer.Result.PromptTokens, answer.Tokens.Count));
    }
}
