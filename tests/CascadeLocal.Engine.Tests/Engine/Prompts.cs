namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>Questions of many kinds and lengths.</summary>
internal static class Prompts
{
    public static IReadOnlyList<string> Forty { get; } =
    [
        "What is the capital of France?", "What is 27 + 58?", "Name three fruits.", "Write a short poem about the sea.",
        "Translate 'good morning' into Spanish.", "Why is the sky blue?", "List the days of the week.", "reverse the letters of 'planet'",
        "What is the opposite of hot?", "Who wrote Hamlet?", "Explain what a prime number is.", "hi", "Count from one to ten.",
        "Give me a recipe for pancakes.", "What is the past tense of 'go'?", "If I have 3 apples and eat one, how many are left?",
        "Sort these numbers: 9, 2, 7, 4.", "Write a Python function that adds two numbers.", "What do bees make?", "Tell me a joke.",
        "What is the plural of 'mouse'?", "Summarise: The cat sat on the mat. The dog barked. The cat ran away.", "é ü ñ 漢字 🙂: what are these?",
        "What is water made of?", "Complete: The quick brown fox", "How many letters are in 'banana'?", "What comes after Monday?",
        "Describe a sunny day in two sentences.", "What is 12 * 12?", "Is a whale a fish?", "Say 'hello' five times.",
        "Name a country in Africa.", "What is the boiling point of water?", "Write the alphabet.", "Who are you?",
        "Give an example of a metaphor.", "{\"name\": \"Ada\", \"age\": 36} - what is the age?", "What is H2O?", "yes or no: is 7 even?",
        "Write one sentence with the words moon, river and dog.",
    ];
}
