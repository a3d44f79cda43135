Console.WriteLine("mrnet");
