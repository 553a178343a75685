using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>Requests of which no token is left to begin with.</summary>
public sealed class EmptyPromptTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_conversation_that_the_template_makes_nothing_of_is_refused()
    {
        string path = _folder.Write(
            "m.gguf", TestGguf.Create().Set("tokenizer.chat_template", "{% for message in messages %}{{ message.content }}{% endfor %}").Build());
        using LanguageModel model = await LanguageModel.LoadAsync(
            new ModelOptions { Path = path, ContextLength = 64, Parallel = 1, Threads = 1 }, NullLogger.Instance, TestContext.Current.CancellationToken);

        Assert.Throws<ChatTemplateException>(() => model.Start(new() { Messages = [new("user", "")] }));
        Assert.Equal(1, (await Answer.ReadAsync(model.Start(new() { Messages = [new("user", "x")], MaxTokens = 1, IgnoreEndOfSequence = true }))).Result.OutputTokens);
    }

    [Fact]
    public async Task A_prompt_without_tokens_is_refused_as_the_prompt()
    {
        using LanguageModel model = await TestModel.LoadRandomAsync(_folder);

        Assert.Equal(InvalidTokensException.Prompt, Assert.Throws<InvalidTokensException>(() => model.Start(new())).Field);
        Assert.Equal(InvalidTokensException.Prompt, Assert.Throws<InvalidTokensException>(() => model.Start(new() { PromptText = "" })).Field);
    }
}
